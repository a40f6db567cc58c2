// task t sub=x/room_2_wid:m::A
// ignore unpublished-topic

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
};
MORT_TASK(T);

}  // namespace m
