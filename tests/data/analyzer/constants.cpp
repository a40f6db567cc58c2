// task t sub=a:m::A,b:m::A,c:m::A,d:m::A,e:m::A,f:m::A,ag:m::A,h:m::A,i:m::A,j:m::A
// ignore unpublished-topic

#include "probe.hpp"

namespace m {

const std::string kA = "a";
constexpr const char* kB = "b";
constexpr std::string_view kC = "c";
const char kD[] = "d";
static const char* kE = "e";
struct Names {
  static constexpr const char* kF = "f";
  static const std::string kG;
  static inline const std::string kH{"h"};
};

const std::string Names::kG = kA + "g";
#define TOPIC(x) #x
class T : public Probe {
 public:
  T() {
    static const std::string i = "i";
    ports("t", {kA, kB, std::string(kC), kD, kE, Names::kF, Names::kG, Names::kH, i, TOPIC(j)});
  }
};
MORT_TASK(T);

}  // namespace m
