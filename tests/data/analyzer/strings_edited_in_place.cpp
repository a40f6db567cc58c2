// at include/probe.hpp:23:44 error unknown-topic: which topic this Take uses is not known before the program runs: an element of it that is not known which is assigned
// note: an element of it that is not known which is assigned
// note: it is returned from `m::cleaned`
// note: cure: name the topic by a literal, a constant, or a member that only the constructor sets

#include "probe.hpp"

namespace m {

std::string cleaned(std::string text) {
  for (char& c : text) {
    if (c == ' ') c = '_';
  }
  if (!text.empty() && text.back() == '/') text.pop_back();
  text[0] = static_cast<char>(text[0] - 'A' + 'a');
  text.insert(0, "x/");
  text.replace(text.find("two"), 3, "2");
  text.erase(text.size() - 1);
  return text;
}

class T : public Probe {
 public:
  T() { ports("t", {cleaned("Room two wide/")}); }
  //                ^ error unknown-topic: topic 1 of RegSub is not known before the program runs: an element of it that is not known which is assigned
  // note: an element of it that is not known which is assigned
  // note: it is returned from `m::cleaned`
  // note: in the call of `m::T::T`
  // note: in the call of `m::Probe::ports`
  // note: it is given to RegSub here
  // note: cure: name it by a literal, a constant, or an argument of MORT_TASK: then it is known when the source is read
};
MORT_TASK(T);

}  // namespace m
