// task t sub=a:m::A,b:m::A pub=a/out:m::A,b/out:m::A
// ignore unpublished-topic

#include "probe.hpp"

namespace m {

template <class T, std::size_t N>
class Fixed {
 public:
  void add(T item) { items_[size_++] = std::move(item); }
  const T* begin() const { return items_; }
  const T* end() const { return items_ + size_; }
  const T& operator[](std::size_t i) const { return items_[i]; }

 private:
  T items_[N]{};
  std::size_t size_ = 0;
};

class T : public Probe {
 public:
  T() {
    Fixed<std::string, 4> topics;
    topics.add("a");
    topics.add("b");
    std::vector<std::string> pub;
    for (const auto& topic : topics) pub.push_back(topic + "/out");
    ports("t", {topics.begin(), topics.end()}, pub);
  }
};
MORT_TASK(T);

}  // namespace m
