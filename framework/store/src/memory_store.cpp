#include <map>
#include <set>

#include "mort/store/store.hpp"

namespace mort::store {
namespace {

class MemoryStore : public Store {
 public:
  Result<void> add_records(const std::vector<StoredRecord>& records) override {
    for (const StoredRecord& record : records) {
      if (ids_.insert(record.id).second) records_.push_back(record);
    }
    return {};
  }
  Result<void> remove_records(const std::vector<std::string>& ids) override {
    for (const std::string& id : ids) {
      ids_.erase(id);
      std::erase_if(records_, [&](const StoredRecord& record) { return record.id == id; });
    }
    return {};
  }
  Result<std::vector<StoredRecord>> records() override { return records_; }
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
  std::vector<StoredRecord> records_;
  std::map<std::string, std::string> values_;
};

}  // namespace

std::unique_ptr<Store> make_memory_store() {
  return std::make_unique<MemoryStore>();
}

}  // namespace mort::store
