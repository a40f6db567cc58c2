#include "mort/base/sha256.hpp"

#include <openssl/evp.h>

#include <fstream>
#include <memory>
#include <vector>

namespace mort {
namespace {

struct Digest {
  std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context{EVP_MD_CTX_new(), EVP_MD_CTX_free};
  Digest() { MORT_CHECK(EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1); }
  void add(const char* data, std::size_t size) {
    MORT_CHECK(EVP_DigestUpdate(context.get(), data, size) == 1);
  }
  std::array<std::uint8_t, 32> bytes() {
    std::array<std::uint8_t, 32> raw{};
    unsigned int size = 0;
    MORT_CHECK(EVP_DigestFinal_ex(context.get(), raw.data(), &size) == 1 && size == raw.size());
    return raw;
  }
  std::string hex() {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    for (const std::uint8_t byte : bytes()) {
      text += kDigits[byte >> 4];
      text += kDigits[byte & 15];
    }
    return text;
  }
};

}  // namespace

std::string sha256_hex(std::string_view bytes) {
  Digest digest;
  digest.add(bytes.data(), bytes.size());
  return digest.hex();
}

std::array<std::uint8_t, 32> sha256_bytes(std::initializer_list<std::string_view> parts) {
  Digest digest;
  for (const std::string_view part : parts) digest.add(part.data(), part.size());
  return digest.bytes();
}

Result<std::string> sha256_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return fail(ErrorCode::kFailed, "cannot read the file", path,
                "check that it exists and is readable");
  }
  Digest digest;
  std::vector<char> block(1 << 16);
  while (file.read(block.data(), static_cast<std::streamsize>(block.size())) || file.gcount() > 0) {
    digest.add(block.data(), static_cast<std::size_t>(file.gcount()));
  }
  if (file.bad()) return fail(ErrorCode::kFailed, "reading failed half-way", path);
  return digest.hex();
}

bool is_sha256_hex(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace mort
