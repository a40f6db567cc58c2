#include <map>
#include <set>

#include "mort/store/store.hpp"

namespace mort::store {
namespace {

class MemoryStore : public Store {
 public:
  Result<void> add_record(const std::string& id, const std::string&,
                          const std::vector<std::uint8_t>& bytes) override {
    if (ids_.insert(id).second) records_.push_back(bytes);
    return {};
  }
  Result<std::vector<std::vector<std::uint8_t>>> records() override { return records_; }
  Result<void> put_value(const std::string& name, const std::string& value) override {
    values_[name] = value;
    return {};
  }
  Result<std::optional<std::string>> value(const std::string& name) override {
    const auto found = values_.find(name);
    return found == values_.end() ? std::optional<std::string>() : std::optional(found->second);
  }

 private:
  std::set<std::string> ids_;
  std::vector<std::vector<std::uint8_t>> records_;
  std::map<std::string, std::string> values_;
};

}  // namespace

std::unique_ptr<Store> make_memory_store() {
  return std::make_unique<MemoryStore>();
}

}  // namespace mort::store
