// task First sub=plant/cell1:m::A
// task Second sub=plant/cell2:m::A
// ignore unpublished-topic

#include "probe.hpp"

namespace m {

#define PREFIX "plant/"
#define CELL(number) PREFIX "cell" #number
#define GLUE_(a, b) a##b
#define GLUE(a, b) GLUE_(a, b)
#define DEFINE_READER(Class, topic)     \
  class Class : public Probe {          \
   public:                              \
    Class() { ports(#Class, {topic}); } \
  };                                    \
  MORT_TASK(Class)
DEFINE_READER(First, CELL(1));
DEFINE_READER(Second, GLUE(PRE, FIX) "cell2");

}  // namespace m
