// The constructor of a task: its name, options and topics.
#include <clang/Basic/SourceManager.h>

#include <algorithm>
#include <cmath>

#include "mort/graph/job.hpp"
#include "mort/graph/limits.hpp"
#include "source/definitions.hpp"
#include "tasks/task_reader.hpp"

namespace mort::analyzer {

using namespace clang;

namespace {

constexpr const char* kNameCure =
    "name it by a literal, a constant, an argument of MORT_TASK or a parameter of the job, or "
    "declare it in the job YAML under `declares:`";

const LambdaExpr* find_lambda(const Stmt* stmt) {
  if (stmt == nullptr) return nullptr;
  if (const auto* lambda = dyn_cast<LambdaExpr>(stmt)) return lambda;
  for (const Stmt* child : stmt->children()) {
    if (const auto* found = find_lambda(child)) return found;
  }
  return nullptr;
}

/// Why `value` is not known; `place` is where it stands.
Unknown reason_of(const Value& value, SourceLocation place) {
  return value.unknown() != nullptr ? *value.unknown()
                                    : Unknown{"its value is not followed", place, {}};
}

}  // namespace

Cell* TaskReader::make_task(const VarDecl* registration) {
  const SourceLocation place = registration->getLocation();
  Call factory;
  if (const auto* lambda = find_lambda(registration->getInit())) {
    factory.self = in_.new_cell(in_.eval(lambda));
    factory.callee = lambda->getCallOperator();
  } else if (const auto* made = dyn_cast_or_null<CXXConstructExpr>(
                 registration->getInit()->IgnoreUnlessSpelledInSource())) {
    const Value function = made->getNumArgs() > 0 ? in_.eval(made->getArg(0)) : Value();
    if (const auto* known = function.as<const FunctionDecl*>()) factory.callee = *known;
  }
  const Cell* made = factory.callee != nullptr ? in_.run(factory) : nullptr;
  const auto* pointer = made != nullptr ? made->value.as<Pointer>() : nullptr;
  const bool thrown = in_.take_thrown();
  Cell* self = nullptr;
  for (Cell* cell : in_.allocated()) {
    const auto* record = cell->value.as<Record>();
    if (record == nullptr || !is_task_class(record->cls)) {
      if (const auto* unknown = cell->value.unknown(); unknown != nullptr && self == nullptr) {
        reporter_.report(
            reporter_.unknown("unknown-registration", "what this task registers", *unknown, place,
                              {}, "define the constructor in the class or in a source of the job"));
        return nullptr;
      }
      continue;
    }
    // While it throws, nothing is returned; the first object is the task then.
    if (pointer != nullptr ? pointer->cell != cell : self != nullptr) continue;
    self = cell;
    class_ = record->cls;
  }
  if (self == nullptr) {
    reporter_.error("unknown-registration",
                    "this registration does not make a task in a way that can be followed", place,
                    {}, "write MORT_TASK(Class, arguments...); at namespace scope");
    return nullptr;
  }
  if (thrown && calls_.too_early) {
    reporter_.error("constructor-throws", calls_.too_early->text, calls_.too_early->place, {},
                    "call it in Run(): a task that is being made can only register, read "
                    "parameters and log");
    return nullptr;
  }
  if (thrown) {
    reporter_.error("constructor-throws",
                    "the constructor of `" + class_->getQualifiedNameAsString() +
                        "` always throws with these arguments",
                    place, {}, "correct the arguments of MORT_TASK");
    return nullptr;
  }
  return self;
}

void TaskReader::read(const VarDecl* registration) {
  if (registration->isLocalVarDecl()) {
    reporter_.error(
        "conditional-registration",
        "a task is registered inside a function, so whether it exists is only known at run time",
        registration->getLocation(), {}, "move MORT_TASK to namespace scope");
    return;
  }
  Cell* self = make_task(registration);
  note_needs();
  if (self == nullptr) return;
  std::vector<const CXXRecordDecl*> line{class_};
  while (!line.empty()) {
    const CXXRecordDecl* next = line.back();
    line.pop_back();
    unit_.constructed_classes.insert(next->getQualifiedNameAsString());
    for (const auto& base : next->bases()) {
      if (const auto* record = base.getType()->getAsCXXRecordDecl()) line.push_back(record);
    }
  }
  task_.class_name = class_->getQualifiedNameAsString();
  task_.registration = reporter_.place(registration->getLocation());
  if (in_.unseen() != nullptr) {
    reporter_.report(reporter_.unknown(
        "unknown-registration", "what this task registers", *in_.unseen(),
        registration->getLocation(), {},
        "define what the constructor calls in the class or in a source of the job"));
    return;
  }
  if (!read_constructor(registration, self)) return;
  calls_.enter_body();
  walk_body(self);
  read_uses(self);
  find_hidden_uses();
  read_blocking_calls();
  note_needs();
  if (in_.exhausted()) {
    reporter_.error("too-complex", "the code of `" + task_.class_name + "` is too much to follow",
                    registration->getLocation(), {},
                    "keep registration simple, or move long computations out of the constructor");
    return;
  }
  unit_.tasks.push_back(std::move(task_));
}

void TaskReader::note_needs() {
  unit_.params.insert(calls_.asked_params.begin(), calls_.asked_params.end());
  for (const Decl* decl : in_.undefined()) {
    if (!context_.getSourceManager().isInSystemHeader(decl->getLocation()))
      unit_.needs.insert(usr_of(decl));
  }
}

bool TaskReader::read_constructor(const VarDecl* registration, const Cell* self) {
  std::vector<Event> registered;
  std::vector<Event> rest;
  for (Event& event : calls_.events)
    // What other objects register is not of this task.
    if (event.self == self || event.self == nullptr)
      (event.name.rfind("Reg", 0) == 0 ? registered : rest).push_back(std::move(event));
  calls_.events = std::move(rest);
  const Event* named = nullptr;
  bool repeated = false;
  for (const Event& event : registered) {
    if (event.self == nullptr) {
      reporter_.error("unknown-registration",
                      event.name + " is called on an object that is not known", event.place,
                      event.chain, "call " + event.name + " on the task itself");
      return false;
    }
    std::optional<graph::Diagnostic> condition;
    if (event.condition) {
      std::vector<Note> notes{{event.condition->place, event.condition->reason}};
      notes.insert(notes.end(), event.condition->chain.begin(), event.condition->chain.end());
      notes.insert(notes.end(), event.chain.begin(), event.chain.end());
      condition = reporter_.diagnostic(
          "error", "conditional-registration",
          event.name + " is called under a condition that is not known before the program runs: " +
              event.condition->reason,
          event.place, notes,
          "call " + event.name +
              " in any case, let the condition depend on constants, arguments of MORT_TASK and "
              "parameters of the job only, or declare the task in the job YAML under `declares:`");
    }
    if (event.name != "RegTask") {
      read_topics(event, condition);
    } else if (named != nullptr) {
      reporter_.error("repeated-regtask",
                      "RegTask is called twice while one `" + task_.class_name + "` is made",
                      event.place, {{named->place, "the first call is here"}},
                      "call RegTask once, in the constructor of the class or of its base");
      repeated = true;  // it throws when the task is made
    } else {
      named = &event;
      if (condition) task_.name_refusals.push_back(*condition);
      read_name(event);
      read_options(event);
    }
  }
  if (named == nullptr) {
    reporter_.error("missing-regtask",
                    "the constructor of `" + task_.class_name + "` does not call RegTask",
                    registration->getLocation(),
                    {{class_->getLocation(), "`" + task_.class_name + "` is defined here"}},
                    "call RegTask(\"name\"); in the constructor");
  }
  return named != nullptr && !repeated;
}

void TaskReader::read_name(const Event& event) {
  task_.place = reporter_.place(event.place);
  if (const auto* name = event.first.as<std::string>()) {
    if (graph::is_valid_name(*name)) {
      task_.name = *name;
      return;
    }
    task_.name_refusals.push_back(reporter_.diagnostic(
        "error", "invalid-name", "\"" + *name + "\" is no task name", event.arg_place, event.chain,
        "use 1 to 128 of the characters A-Z a-z 0-9 _ . -, with a letter or _ at the start"));
  } else {
    task_.name_refusals.push_back(reporter_.unknown("unknown-name", "the name of this task",
                                                    reason_of(event.first, event.arg_place),
                                                    event.arg_place, event.chain, kNameCure));
  }
}

std::optional<std::int64_t> TaskReader::option(const Record& options, const char* name,
                                               const Event& event, double scale, std::int64_t min,
                                               std::int64_t max, const char* range) {
  for (const auto& [field, cell] : options.fields) {
    if (field->getName() != name) continue;
    const Value* value = &cell->value;
    // A duration is its one field.
    if (const auto* record = value->as<Record>(); record != nullptr && record->fields.size() == 1)
      value = &record->fields.begin()->second->value;
    const SourceLocation place =
        cell->origin.isValid() && !context_.getSourceManager().isInSystemHeader(cell->origin)
            ? cell->origin
            : event.place;
    double number = 0;
    if (const auto* real = value->as<double>()) {
      number = *real;
    } else if (const auto* integer = value->as<llvm::APSInt>()) {
      number = static_cast<double>(integer->getExtValue());
    } else {
      task_.option_refusals.emplace(
          name, reporter_.unknown("unknown-option", std::string("option ") + name + " of RegTask",
                                  reason_of(*value, place), place, event.chain,
                                  "use a constant, and set what differs between runs in the job "
                                  "YAML"));
      return std::nullopt;
    }
    if (number == 0) return std::nullopt;
    const double scaled = number * scale;
    if (!(scaled >= static_cast<double>(min)) || !(scaled <= static_cast<double>(max))) {
      reporter_.error("invalid-option",
                      std::string("option ") + name + " of RegTask is out of range", place,
                      event.chain, std::string("give ") + range + ", or leave it out");
      return std::nullopt;
    }
    return static_cast<std::int64_t>(std::llround(scaled));
  }
  return std::nullopt;
}

void TaskReader::read_options(const Event& event) {
  const auto* options = event.options.as<Record>();
  if (options == nullptr) {
    const auto refusal = reporter_.unknown(
        "unknown-option", "what RegTask is given as options", reason_of(event.options, event.place),
        event.place, event.chain, "write the options in the call: RegTask(name, {.cpu = 1})");
    for (const char* name : {"cpu", "period", "stack_bytes"})
      task_.option_refusals.emplace(name, refusal);
    return;
  }
  task_.hints.cpu_millis =
      option(*options, "cpu", event, 1000, 1, graph::kMaxCpuMillis, "0.001 to 1024 cores");
  task_.hints.period_ns = option(*options, "period", event, 1, graph::kMinPeriodNs,
                                 graph::kMaxPeriodNs, "100 us to 1 h");
  task_.hints.stack_bytes = option(*options, "stack_bytes", event, 1, graph::kMinStackKb * 1024,
                                   graph::kMaxStackKb * 1024, "16 KiB to 1 GiB");
}

void TaskReader::read_topics(const Event& event,
                             const std::optional<graph::Diagnostic>& condition) {
  auto& topics = event.name == "RegPub" ? task_.pub : task_.sub;
  const bool feedback = event.name == "RegFeedback";
  const auto* list = event.first.as<List>();
  if (list == nullptr) {
    topics.push_back(
        {"", reporter_.place(event.arg_place), true,
         condition ? *condition
                   : reporter_.unknown("unknown-topic", "the list of topics of " + event.name,
                                       reason_of(event.first, event.arg_place), event.arg_place,
                                       event.chain, kNameCure),
         feedback});
    return;
  }
  std::size_t number = 0;
  for (const Cell* item : list->items) {
    ++number;
    const SourceLocation place = item->origin.isValid() ? item->origin : event.arg_place;
    ListedTopic listed{"", reporter_.place(place), condition.has_value(), condition, feedback};
    const auto* topic = item->value.as<std::string>();
    if (topic == nullptr && condition) {
      // The condition alone is reason enough.
    } else if (topic == nullptr) {
      std::vector<Note> calls = event.chain;
      if (place != event.arg_place)
        calls.push_back({event.place, "it is given to " + event.name + " here"});
      listed.refusal = reporter_.unknown("unknown-topic",
                                         "topic " + std::to_string(number) + " of " + event.name,
                                         reason_of(item->value, place), place, calls, kNameCure);
    } else if (!graph::is_valid_topic(*topic)) {
      listed.refusal = reporter_.diagnostic(
          "error", "invalid-name", "\"" + *topic + "\" is no topic name", place, event.chain,
          "use 1 to 128 of the characters A-Z a-z 0-9 _ . - /, with a letter or _ at the start");
    } else {
      listed.topic = *topic;
      listed.many = false;
    }
    topics.push_back(std::move(listed));
  }
}

}  // namespace mort::analyzer
