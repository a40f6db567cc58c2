// Locks in shared memory that outlive the processes which hold them.
#pragma once

namespace mort::dds_topics {

/// Fast DDS's data sharing has mutexes of Boost.Interprocess in its segments. Who is killed while
/// it holds one leaves it locked for ever, and after a second each process that needs it gets an
/// exception, on threads of Fast DDS too, which ends it. Both take their mutexes from the C
/// library, by names that a program may define: here mutexes that processes share are made robust
/// (POSIX: PTHREAD_MUTEX_ROBUST), and who comes after a dead owner goes on. It finds nothing
/// broken: they guard a flag, and lists of waiters that only the reader changes and the others walk
/// through.
///
/// Whether this program's definitions are those that its libraries use; the call also links them.
bool has_robust_locks();

}  // namespace mort::dds_topics
