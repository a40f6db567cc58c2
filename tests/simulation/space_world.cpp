#include "simulation/space_world.hpp"

#include <algorithm>

#include "mort/message/message.hpp"

namespace mort::simulation {

using std::chrono::milliseconds;
using std::chrono::seconds;

Result<void> Disk::add_records(const std::vector<store::StoredRecord>& records) {
  if (full) return fail(ErrorCode::kFailed, "the disk is full");
  if (lies) return {};
  for (const auto& record : records) {
    if (!has(record.id)) rows_.push_back(record);
  }
  return {};
}
Result<void> Disk::remove_records(const std::vector<std::string>& ids) {
  for (const std::string& id : ids)
    std::erase_if(rows_, [&](const store::StoredRecord& row) { return row.id == id; });
  return {};
}
bool Disk::has(const std::string& id) const {
  return std::any_of(rows_.begin(), rows_.end(),
                     [&](const store::StoredRecord& row) { return row.id == id; });
}
std::set<std::string> Disk::ids() const {
  std::set<std::string> list;
  for (const store::StoredRecord& row : rows_) list.insert(row.id);
  return list;
}
void Disk::damage(std::mt19937_64& random) {
  if (rows_.empty()) return;
  auto& bytes = rows_[random() % rows_.size()].bytes;
  for (int i = 0; i < 4; ++i) bytes[random() % bytes.size()] ^= 0x5a;
}

struct SpaceWorld::Node {
  Node(const Clock& right, std::string n) : name(std::move(n)), clock(right) {}
  struct Agent {
    Agent(Node& node, bus::MemoryNetwork& network, const std::string& author, std::uint64_t boot)
        : lane(node.clock, node.name),
          bus(network, node.name),
          replica({node.name, author, boot}, lane, bus, *node.disk, nullptr) {}
    ~Agent() { lane.close(); }
    scheduler::Lane lane;
    bus::MemoryBus bus;
    space::Replica replica;
  };
  const std::string name;
  WrongClock clock;
  std::unique_ptr<Disk> disk = std::make_unique<Disk>();
  std::unique_ptr<Disk> backup;
  std::uint64_t runs = 0;  ///< all, whatever its disk knows
  std::unique_ptr<Agent> agent;
  std::string author;
  std::string says;  ///< in /state
  Nanoseconds next_beat{0};
  Nanoseconds up_again{0};
  Nanoseconds down_since{0};
};

SpaceWorld::SpaceWorld(std::uint64_t seed, int nodes, Planted planted)
    : random_(seed), planted_(planted) {
  network_ = std::make_unique<bus::MemoryNetwork>(clock_, [this](std::function<void()> action) {
    const Nanoseconds delay = faults_ && chance(0.05) ? milliseconds(below(3000))
                                                      : std::chrono::microseconds(below(5000));
    wire_.push({clock_.now() + delay, deliveries_++, std::move(action)});
  });
  network_->set_filter(
      [this](const bus::TopicSpec& topic, const std::string& from, const std::string& to,
             std::vector<std::uint8_t>& payload) { return passes(topic, from, to, payload); });
  for (int i = 0; i < nodes; ++i) {
    const std::string name = "n" + std::to_string(100 + i);
    auto& node = nodes_[name];
    node = std::make_unique<Node>(clock_, name);
    constexpr Nanoseconds kYear = std::chrono::hours(24 * 365);
    const std::vector<Nanoseconds> errors = {Nanoseconds(0), seconds(3600), -seconds(3600),
                                             10 * kYear,     -10 * kYear,   Nanoseconds(0),
                                             -clock_.wall(), Nanoseconds(0)};  // 1970
    node->clock.error = errors[below(errors.size())];
    start(*node);
  }
}
SpaceWorld::~SpaceWorld() = default;

bool SpaceWorld::chance(double share) {
  return std::uniform_real_distribution<>(0, 1)(random_) < share;
}

SpaceWorld::Node& SpaceWorld::any_node() {
  auto it = nodes_.begin();
  std::advance(it, static_cast<std::ptrdiff_t>(below(nodes_.size())));
  return *it->second;
}

void SpaceWorld::note(const std::string& what) {
  for (const char c : what) trace_ = (trace_ ^ static_cast<std::uint8_t>(c)) * 0x100000001b3ULL;
}

std::string SpaceWorld::trace_hash() const {
  return std::to_string(trace_);
}

void SpaceWorld::start(Node& node) {
  if (planted_.lying_disk) node.disk->lies = true;
  const std::uint64_t boot = ++node.disk->boots;
  ++node.runs;
  // The product's names are random; here the number of the run is, which no disk brings back.
  node.author = node.name + "." + std::to_string(planted_.numbers_again ? 1 : node.runs);
  node.agent = std::make_unique<Node::Agent>(node, *network_, node.author, boot);
  if (!node.agent->replica.open() && fault_.empty()) fault_ = node.name + " does not start";
  node.next_beat = clock_.now();
  note("start " + node.author);
}

void SpaceWorld::crash(Node& node) {
  node.agent.reset();
  node.down_since = clock_.now();
  node.up_again = clock_.now() + milliseconds(100 + below(8000));
  note("crash " + node.name);
}

bool SpaceWorld::passes(const bus::TopicSpec& topic, const std::string& from, const std::string& to,
                        std::vector<std::uint8_t>& payload) {
  note(topic.name + from + to + std::to_string(payload.size()));
  const bool exchange = topic.name.rfind("mort/to/", 0) == 0;
  if (planted_.no_exchange && exchange) return false;
  if (planted_.forged_equal && exchange) {
    const auto letter = message::decode<space::Note>(payload);
    if (letter && letter->what == space::Note::What::kSummary) return false;
  }
  if (planted_.deaf_node && exchange && to == nodes_.rbegin()->first) return false;
  if (exchange && (planted_.no_answers || planted_.forged_receipts)) {
    auto letter = message::decode<space::Note>(payload);
    if (letter && planted_.no_answers && letter->what == space::Note::What::kRecords) return false;
    if (letter && planted_.forged_receipts && letter->what == space::Note::What::kVector) {
      // To the other's run of now, for all that it may have said.
      const std::string& author = nodes_.at(to)->author;
      letter->what = space::Note::What::kReceipt;
      letter->through = {{space::kCmd, author, 1 << 20, {}}, {space::kRight, author, 1 << 20, {}}};
      payload = message::encode(*letter);
    }
  }
  return !cut_.contains({from, to}) && !chance(loss_);
}

/// Everything that is due now, until nothing is.
void SpaceWorld::turn() {
  bool any = true;
  while (any) {
    any = false;
    while (!wire_.empty() && wire_.top().at <= clock_.now()) {
      const auto action = wire_.top().action;
      wire_.pop();
      action();
      any = true;
    }
    for (auto& [name, node] : nodes_) {
      if (node->agent) any = node->agent->lane.turn() || any;
    }
  }
}

void SpaceWorld::step_faults() {
  for (auto& [name, node] : nodes_) {
    if (!node->agent && clock_.now() >= node->up_again) start(*node);
  }
  if (!faults_) return;
  Node& node = any_node();
  switch (below(400)) {
    case 0:
    case 1:
    case 2:
      if (node.agent) crash(node);
      break;
    case 3:
      node.disk->full = !node.disk->full;
      break;
    case 4:
      node.disk->full = false;
      break;
    case 5:  // a partition, in both directions or in one
      cut_.clear();
      for (const auto& [a, x] : nodes_) {
        for (const auto& [b, y] : nodes_) {
          if ((a < node.name) != (b < node.name) && (a < b || chance(0.7))) cut_.insert({a, b});
        }
      }
      break;
    case 6:
    case 7:
      cut_.clear();
      break;
    case 8:
      loss_ = chance(0.5) ? 0 : 0.4;
      break;
    case 9:  // a clock steps
      node.clock.error += seconds(below(7200)) - seconds(3600);
      break;
    case 10:
      node.backup = std::make_unique<Disk>(*node.disk);
      break;
    case 11:  // the disk is put back to an older copy; what it had of its own may be gone
      if (node.backup && node.agent) {
        crash(node);
        node.disk = std::make_unique<Disk>(*node.backup);
        lost_disks_.insert(node.name);
      }
      break;
    case 12:
      if (node.agent) {
        crash(node);
        node.disk = std::make_unique<Disk>();
        lost_disks_.insert(node.name);
      }
      break;
    case 13:
      if (node.agent) {
        crash(node);
        node.disk->damage(random_);
        lost_disks_.insert(node.name);
      }
      break;
    default:
      break;
  }
}

void SpaceWorld::step_commands() {
  for (auto& [name, node] : nodes_) {
    if (!node->agent || clock_.now() < node->next_beat) continue;
    node->next_beat = clock_.now() + seconds(1);
    node->says = std::to_string(++values_);
    const auto said =
        node->agent->replica.put(space::kState, "node/" + name, node->says, seconds(5));
    if (!said && fault_.empty()) fault_ = "/state is refused: " + said.error().message;
    if (chance(0.2))
      (void)node->agent->replica.put(space::kState, "worker/" + name, node->says, Nanoseconds(0));
  }
  if (!faults_ || !chance(0.1)) return;
  Node& node = any_node();
  if (!node.agent) return;
  const bool shared = chance(0.4);
  const std::string key =
      shared ? "shared/" + std::to_string(below(5)) : "own/" + std::to_string(values_);
  const auto put =
      node.agent->replica.put(shared && chance(0.5) ? space::kRight : space::kCmd, key,
                              chance(0.1) ? "" : std::to_string(++values_), Nanoseconds(0),
                              shared && chance(0.2) ? static_cast<std::int32_t>(below(3)) : 0);
  if (put)
    committed_.push_back(
        {key, space::record_id(*put), node.name, put->author_seq, put->author, false});
}

/// What is said to be on a disk is there.
void SpaceWorld::look_at_acknowledgements() {
  for (Committed& one : committed_) {
    const Node& author = *nodes_.at(one.node);
    if (one.acknowledged || !author.agent || author.author != one.author) continue;
    const std::string space = one.id.substr(0, one.id.find('/'));
    for (const std::string& holder : author.agent->replica.holders(space, one.seq)) {
      one.acknowledged = true;
      const bool kept = nodes_.at(holder)->disk->has(one.id) || lost_disks_.contains(holder);
      if (!kept && fault_.empty())
        fault_ = one.id + " is said to be on the disk of " + holder + ", and is not";
    }
  }
}

void SpaceWorld::run(Nanoseconds time) {
  const Nanoseconds until = clock_.now() + time;
  while (clock_.now() < until) {
    step_faults();
    step_commands();
    turn();
    look_at_acknowledgements();
    clock_.advance(milliseconds(20));
  }
}

void SpaceWorld::rest() {
  faults_ = false;
  loss_ = 0;
  cut_.clear();
  for (auto& [name, node] : nodes_) node->disk->full = false;
  run(seconds(20));
  turn();
}

std::string SpaceWorld::difference(const space::Replica& a, const space::Replica& b) {
  std::string text;
  for (const char* space : {space::kCmd, space::kRight}) {
    const auto of_a = a.list(space, "");
    const auto of_b = b.list(space, "");
    for (const auto* both : {&of_a, &of_b}) {
      for (const auto& [key, record] : *both) {
        const auto* other = (both == &of_a ? b : a).get(space, key);
        if (other == nullptr || other->sha256 != record->sha256)
          text += key + " (" + space::record_id(*record) + ") ";
      }
    }
  }
  return text;
}

std::string SpaceWorld::records_of(const space::Replica& replica, const std::string& key) {
  std::string text;
  for (const auto& record : replica.fold().records(space::kState, key))
    text += space::record_id(*record) + " boot " + std::to_string(record->boot) + " says " +
            record->body + "; ";
  return text;
}

std::string SpaceWorld::verdict() {
  if (!fault_.empty()) return fault_;
  const space::Replica& first = nodes_.begin()->second->agent->replica;
  for (const auto& [name, node] : nodes_) {
    const space::Replica& replica = node->agent->replica;
    if (replica.fold().hash() != first.fold().hash())
      return name + " and " + nodes_.begin()->first +
             " do not agree: " + difference(replica, first);
    for (const auto& [other, its] : nodes_) {
      const auto* said = replica.get(space::kState, "node/" + other);
      if (said == nullptr) return name + " does not know that " + other + " is up";
      if (said->body != its->says && clock_.now() >= its->next_beat - milliseconds(900))
        return name + " knows of " + other + " what was long ago";
      const auto* worker = replica.get(space::kState, "worker/" + other);
      const auto* own = its->agent->replica.get(space::kState, "worker/" + other);
      if ((worker == nullptr) != (own == nullptr) ||
          (worker != nullptr && worker->body != own->body &&
           std::stoull(worker->body) + 100 < std::stoull(own->body)))
        return name + " knows of a worker of " + other +
               " what was long ago: " + records_of(replica, "worker/" + other) +
               "there: " + records_of(its->agent->replica, "worker/" + other);
    }
  }
  std::set<std::string> held;
  for (const auto& [name, node] : nodes_) {
    for (const std::string& id : node->disk->ids()) held.insert(id);
  }
  for (const Committed& one : committed_) {
    if (held.contains(one.id)) continue;
    if (!lost_disks_.contains(one.node)) return one.id + " is lost, though its disk is whole";
    // Acknowledged means that two disks had it; only this world loses so many.
    if (one.acknowledged && lost_disks_.size() < 2) return one.id + " is lost, with one disk";
  }
  // All that is on one disk is on all.
  for (const auto& [name, node] : nodes_) {
    if (node->disk->ids().size() != held.size()) return name + " has not stored all that is known";
  }
  // Nobody's own name brings back what it said before it died.
  for (const auto& [name, node] : nodes_) {
    for (const auto& [key, record] : node->agent->replica.list(space::kState, "node/")) {
      if (record->author != nodes_.at(record->key.substr(5))->author)
        return name + " believes an earlier run of " + record->key;
    }
  }
  return {};
}

}  // namespace mort::simulation
