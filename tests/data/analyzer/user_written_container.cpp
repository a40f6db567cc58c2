// at include/probe.hpp:20:12 error unknown-topic: the list of topics of RegPub is not known before the program runs: the elements of this range are not followed
// note: the elements of this range are not followed
// note: it may be changed here
// note: it is passed as parameter `pub` of `m::Probe::ports`
// note: it is assigned here
// note: in the call of `m::T::T`
// note: in the call of `m::Probe::ports`
// note: cure: name it by a literal, a constant, or an argument of MORT_TASK: then it is known when the source is read
// at include/probe.hpp:24:44 error unknown-topic: which topic this Publish uses is not known before the program runs: the elements of this range are not followed
// note: the elements of this range are not followed
// note: it may be changed here
// note: it is passed as parameter `pub` of `m::Probe::ports`
// note: it is assigned here
// note: how often this loop runs depends on it
// note: `topic` goes over elements that are not known
// note: cure: name the topic by a literal, a constant, or a member that only the constructor sets

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
