// The goodbye of a process that ended without one.
#pragma once

#include <cstdint>
#include <vector>

#include "peer_addresses.hpp"

namespace mort::dds_topics {

/// The RTPS message by which a participant leaves: its discovery data disposed and unregistered
/// (RTPS 2.3, 8.5.3 and 9.6.3.9). A process that gets it drops the participant's endpoints at once,
/// instead of at the end of its lease. Fast DDS forgets the number too, so that a participant that
/// lives is found again by its next announcement.
std::vector<std::uint8_t> farewell_of(const Prefix& participant);

}  // namespace mort::dds_topics
