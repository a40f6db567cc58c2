// task t sub=n3:m::A,n2:m::A,n1:m::A
// ignore unpublished-topic

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
