// at include/probe.hpp:19:12 error unknown-topic: the list of topics of RegSub is not known before the program runs: the elements of this range are not followed
// note: the elements of this range are not followed
// note: it may be changed here
// note: it is passed as parameter `sub` of `m::Probe::ports`
// note: it is assigned here
// note: in the call of `m::T::T`
// note: in the call of `m::Probe::ports`
// note: cure: name it by a literal, a constant, or an argument of MORT_TASK: then it is known when the source is read
// at include/probe.hpp:23:44 error unknown-topic: which topic this Take uses is not known before the program runs: the elements of this range are not followed
// note: the elements of this range are not followed
// note: it may be changed here
// note: it is passed as parameter `sub` of `m::Probe::ports`
// note: it is assigned here
// note: how often this loop runs depends on it
// note: `topic` goes over elements that are not known
// note: cure: name the topic by a literal, a constant, or a member that only the constructor sets

#include "probe.hpp"

namespace m {

class Countdown {
 public:
  explicit Countdown(int from) : from_(from) {}
  struct Iterator {
    int at;
    int operator*() const { return at; }
    Iterator& operator++() {
      --at;
      return *this;
    }
    bool operator!=(const Iterator& other) const { return at != other.at; }
  };
  Iterator begin() const { return {from_}; }
  Iterator end() const { return {0}; }

 private:
  int from_;
};

class T : public Probe {
 public:
  T() {
    std::vector<std::string> topics;
    for (int n : Countdown(3)) topics.push_back("n" + std::to_string(n));
    ports("t", topics);
  }
};
MORT_TASK(T);

}  // namespace m
