#include "source/source_reader.hpp"

#include <algorithm>

#include "source/child_processes.hpp"
#include "source/reporter.hpp"

namespace mort::analyzer {

namespace {

/// A source that needs another may need a third because of it.
constexpr int kMaxRounds = 8;
constexpr std::size_t kMaxJoined = 64;
constexpr std::size_t kSeveral = static_cast<std::size_t>(-1);

/// What is said of a source whose reading ended badly.
Unit broken_unit(const ParseInput& input, const ChildOutcome& outcome) {
  graph::Diagnostic found{"error",
                          outcome.timed_out ? "time-limit" : "crashed",
                          "the reading of this source " + outcome.failure,
                          {display_path(input.source, input.display_root), 0, 0},
                          {}};
  if (!outcome.last_words.empty()) found.notes.push_back("its last words: " + outcome.last_words);
  found.notes.push_back(outcome.timed_out
                            ? "cure: look for templates, constexpr functions or includes without "
                              "end; or give it more time with --time-limit"
                            : "cure: does clang++-14 -fsyntax-only read it? A source that makes "
                              "Clang crash, or that nests too deeply, has to be simplified; more "
                              "memory is given by --memory-limit");
  Unit unit;
  unit.files_read.push_back(input.source);
  unit.diagnostics.push_back(std::move(found));
  return unit;
}

bool is_sound(const Unit& unit) {
  return std::none_of(unit.diagnostics.begin(), unit.diagnostics.end(), [](const auto& found) {
    return found.code == "clang" && found.severity == "error";
  });
}

/// Does the code mean the same as when each source was read alone? Names of one source could hide
/// or join those of the other.
bool means_the_same(const Unit& together, const std::vector<const Unit*>& alone) {
  return std::all_of(alone.begin(), alone.end(), [&](const Unit* unit) {
    return std::includes(together.meanings.begin(), together.meanings.end(), unit->meanings.begin(),
                         unit->meanings.end());
  });
}

/// Adds to each refusal for want of a definition why the source that has it did not help.
void explain_refusals(Unit& unit, const std::string& why) {
  const auto explain = [&](graph::Diagnostic& found) {
    const bool wants = found.message.find(" in this source") != std::string::npos;
    if (wants) found.notes.insert(found.notes.end() - (found.notes.empty() ? 0 : 1), why);
  };
  for (graph::Diagnostic& found : unit.diagnostics) explain(found);
  for (RegisteredTask& task : unit.tasks) {
    for (graph::Diagnostic& found : task.name_refusals) explain(found);
    for (auto& [name, found] : task.option_refusals) explain(found);
    for (auto* topics : {&task.sub, &task.pub}) {
      for (ListedTopic& topic : *topics) {
        if (topic.refusal) explain(*topic.refusal);
      }
    }
    for (TopicUse& use : task.uses) {
      if (use.refusal) explain(*use.refusal);
    }
  }
}

}  // namespace

SourceReader::SourceReader(const Options& options) : options_(options), cache_(options.cache_dir) {}

std::vector<Unit> SourceReader::read_each(const std::vector<ParseInput>& inputs) {
  std::vector<Unit> units(inputs.size());
  std::vector<std::size_t> to_parse;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (auto known = cache_.find(inputs[i]))
      units[i] = *std::move(known);
    else
      to_parse.push_back(i);
  }
  parsed_ += static_cast<int>(to_parse.size());
  const auto outcomes =
      run_in_children(to_parse.size(), std::clamp(options_.jobs, 1, 64),
                      {options_.time_limit, options_.memory_limit_bytes},
                      [&](std::size_t i) { return to_json(parse(inputs[to_parse[i]])); });
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const ParseInput& input = inputs[to_parse[i]];
    ChildOutcome outcome = outcomes[i];
    auto unit = unit_from_json(outcome.out);
    if (!unit && outcome.failure.empty()) outcome.failure = "gave no answer";
    if (unit && is_sound(*unit)) cache_.keep(input, *unit);
    units[to_parse[i]] = unit ? *std::move(unit) : broken_unit(input, outcome);
  }
  return units;
}

std::set<std::size_t> SourceReader::definers(
    std::size_t self, const Unit& unit, const std::vector<ParseInput>& inputs,
    const std::map<std::string, std::size_t>& defined) const {
  std::set<std::size_t> found;
  for (const std::string& usr : unit.needs) {
    const auto definer = defined.find(usr);
    if (definer == defined.end() || definer->second == self || definer->second == kSeveral)
      continue;
    const CompileCommand& one = inputs[self].command;
    const CompileCommand& other = inputs[definer->second].command;
    if (one.flags == other.flags && one.directory == other.directory) found.insert(definer->second);
  }
  return found;
}

std::vector<Unit> SourceReader::read(const std::vector<ParseInput>& inputs) {
  std::vector<Unit> units = read_each(inputs);
  const std::vector<Unit> alone = units;
  std::map<std::string, std::size_t> defined;
  for (std::size_t i = 0; i < alone.size(); ++i) {
    for (const std::string& usr : alone[i].defines) {
      // Of several definitions the linker may take any.
      const auto [known, is_first] = defined.emplace(usr, i);
      if (!is_first) known->second = kSeveral;
    }
  }
  std::vector<std::set<std::size_t>> joined(inputs.size());
  std::vector<bool> given_up(inputs.size());
  for (int round = 0; round < kMaxRounds; ++round) {
    std::vector<std::size_t> pending;
    std::vector<ParseInput> together;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const auto more = definers(i, units[i], inputs, defined);
      const std::size_t before = joined[i].size();
      joined[i].insert(more.begin(), more.end());
      if (joined[i].size() == before || joined[i].size() > kMaxJoined || given_up[i]) continue;
      ParseInput input = inputs[i];
      for (const std::size_t other : joined[i]) input.joined.push_back(inputs[other].source);
      pending.push_back(i);
      together.push_back(std::move(input));
    }
    if (pending.empty()) break;
    std::vector<Unit> read = read_each(together);
    for (std::size_t n = 0; n < pending.size(); ++n) {
      const std::size_t i = pending[n];
      std::vector<const Unit*> parts{&alone[i]};
      std::string names;
      for (const std::size_t other : joined[i]) {
        parts.push_back(&alone[other]);
        names += (names.empty() ? "" : ", ") +
                 display_path(inputs[other].source, inputs[other].display_root);
      }
      std::string problem;
      for (const graph::Diagnostic& found : read[n].diagnostics) {
        if (found.severity == "error" && problem.empty() &&
            (found.code == "clang" || found.code == "crashed" || found.code == "time-limit"))
          problem = found.message;
      }
      if (problem.empty() && !means_the_same(read[n], parts))
        problem = "names of one of them change what the other means";
      given_up[i] = !problem.empty();
      if (given_up[i])
        explain_refusals(units[i], names +
                                       " may define it, but cannot be read together with this "
                                       "source: " +
                                       problem);
      else
        units[i] = std::move(read[n]);
    }
  }
  return units;
}

}  // namespace mort::analyzer
