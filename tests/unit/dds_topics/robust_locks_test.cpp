#include "robust_locks.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/date_time/posix_time/posix_time_types.hpp>
#include <boost/interprocess/anonymous_shared_memory.hpp>
#include <boost/interprocess/sync/interprocess_mutex.hpp>
#include <new>

namespace mort::dds_topics {
namespace {

using boost::interprocess::interprocess_mutex;

bool lock_within_a_second(interprocess_mutex& mutex) {
  return mutex.timed_lock(boost::posix_time::microsec_clock::universal_time() +
                          boost::posix_time::seconds(1));
}

TEST(RobustLocks, AreThoseThatTheLibrariesOfThisProgramUse) {
  EXPECT_TRUE(has_robust_locks());
}

TEST(RobustLocks, OfADeadProcessAreFree) {
  auto memory = boost::interprocess::anonymous_shared_memory(sizeof(interprocess_mutex));
  auto& mutex = *new (memory.get_address()) interprocess_mutex;
  for (int deaths = 0; deaths < 3; ++deaths) {
    const pid_t child = fork();
    if (child == 0) _exit(lock_within_a_second(mutex) ? 0 : 1);
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_EQ(status, 0) << "it had the lock when it ended";
    ASSERT_TRUE(lock_within_a_second(mutex));
    mutex.unlock();
  }
}

TEST(RobustLocks, OfALivingProcessAreHeld) {
  auto memory = boost::interprocess::anonymous_shared_memory(sizeof(interprocess_mutex));
  auto& mutex = *new (memory.get_address()) interprocess_mutex;
  ASSERT_TRUE(lock_within_a_second(mutex));
  const pid_t child = fork();
  if (child == 0) _exit(mutex.timed_lock(boost::posix_time::microsec_clock::universal_time()));
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  mutex.unlock();
}

}  // namespace
}  // namespace mort::dds_topics
