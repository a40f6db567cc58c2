// The contract between the SDK and the analyzer: MORT_TASK, RegTask, RegSub, RegPub, Take, TryTake,
// Publish.
#include <clang/AST/DeclTemplate.h>
#include <clang/AST/RecursiveASTVisitor.h>
#include <clang/Basic/SourceManager.h>

#include <algorithm>
#include <cmath>

#include "interpreter/interpreter.hpp"
#include "interpreter/std_models.hpp"
#include "mort/graph/job.hpp"
#include "tasks/message_types.hpp"
#include "tasks/sdk_calls.hpp"
#include "tasks/task_reader.hpp"

namespace mort::analyzer {

using namespace clang;

namespace {

constexpr const char* kNameCure =
    "name it by a literal, a constant, or an argument of MORT_TASK: then it is known when the "
    "source is read";

/// One MORT_TASK.
class TaskReader {
 public:
  TaskReader(ASTContext& context, const Reporter& reporter, Unit& unit, MessageTypes& types,
             const std::set<const Decl*>& address_taken)
      : context_(context),
        reporter_(reporter),
        unit_(unit),
        types_(types),
        address_taken_(address_taken),
        in_(context, calls_) {}

  void read(const VarDecl* registration);

 private:
  Cell* make_task(const VarDecl* registration);
  bool read_constructor(const VarDecl* registration);
  void read_name(const Event& event);
  void read_options(const Event& event);
  void read_topics(const Event& event);
  void walk_body(Cell* self);
  std::vector<const CXXMethodDecl*> all_methods() const;
  void read_messages();
  std::optional<std::int64_t> option(const Record& options, const char* name, const Event& event,
                                     double scale);

  ASTContext& context_;
  const Reporter& reporter_;
  Unit& unit_;
  MessageTypes& types_;
  const std::set<const Decl*>& address_taken_;
  SdkCalls calls_;
  Interpreter in_;
  const CXXRecordDecl* class_ = nullptr;
  graph::TaskDecl task_;
  std::vector<SourceLocation> sub_places_;
  std::vector<SourceLocation> pub_places_;
  bool ports_known_ = true;
  bool body_seen_ = true;
};

const LambdaExpr* find_lambda(const Stmt* stmt) {
  if (stmt == nullptr) return nullptr;
  if (const auto* lambda = dyn_cast<LambdaExpr>(stmt)) return lambda;
  for (const Stmt* child : stmt->children()) {
    if (const auto* found = find_lambda(child)) return found;
  }
  return nullptr;
}

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
  if (factory.callee != nullptr) in_.run(factory);
  const bool thrown = in_.take_thrown();
  Cell* self = nullptr;
  for (Cell* cell : in_.allocated()) {
    const auto* record = cell->value.as<Record>();
    if (record == nullptr || !is_task_class(record->cls)) {
      if (const auto* unknown = cell->value.unknown(); unknown != nullptr && self == nullptr) {
        reporter_.unknown("unknown-registration", "what this task registers", *unknown, place, {},
                          "define the constructor in the class, or in the file that has MORT_TASK");
        return nullptr;
      }
      continue;
    }
    self = cell;
    class_ = record->cls;
  }
  if (self == nullptr) {
    reporter_.error("unknown-registration",
                    "this registration does not make a task in a way that can be followed", place,
                    {}, "write MORT_TASK(Class, arguments...); at namespace scope");
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
  if (in_.unseen() != nullptr) {
    reporter_.unknown("unknown-registration", "what this task registers", *in_.unseen(),
                      registration->getLocation(), {},
                      "define what the constructor calls in the class, or in the same file");
    return;
  }
  if (!read_constructor(registration)) return;
  walk_body(self);
  read_messages();
  if (in_.exhausted()) {
    reporter_.error("too-complex", "the code of `" + task_.class_name + "` is too much to follow",
                    registration->getLocation(), {},
                    "keep registration simple, or move long computations out of the constructor");
  }
  if (ports_known_) unit_.tasks.push_back(task_);
}

bool TaskReader::read_constructor(const VarDecl* registration) {
  std::vector<Event> registered;
  std::vector<Event> rest;
  for (Event& event : calls_.events)
    (event.name.rfind("Reg", 0) == 0 ? registered : rest).push_back(std::move(event));
  calls_.events = std::move(rest);
  const Event* named = nullptr;
  for (const Event& event : registered) {
    if (event.condition) {
      std::vector<Note> notes{{event.condition->place, event.condition->reason}};
      notes.insert(notes.end(), event.condition->chain.begin(), event.condition->chain.end());
      notes.insert(notes.end(), event.chain.begin(), event.chain.end());
      reporter_.error(
          "conditional-registration",
          event.name + " is called under a condition that is not known before the program runs: " +
              event.condition->reason,
          event.place, notes,
          "call " + event.name +
              " in any case, or let the condition depend on constants and arguments of MORT_TASK "
              "only");
      ports_known_ = false;
      continue;
    }
    if (event.name != "RegTask") {
      read_topics(event);
    } else if (named != nullptr) {
      reporter_.error("repeated-regtask",
                      "RegTask is called twice while one `" + task_.class_name + "` is made",
                      event.place, {{named->place, "the first call is here"}},
                      "call RegTask once, in the constructor of the class or of its base");
      ports_known_ = false;
    } else {
      named = &event;
      read_name(event);
      read_options(event);
    }
  }
  const bool tried = std::any_of(registered.begin(), registered.end(),
                                 [](const Event& event) { return event.name == "RegTask"; });
  if (!tried) {
    reporter_.error("missing-regtask",
                    "the constructor of `" + task_.class_name + "` does not call RegTask",
                    registration->getLocation(),
                    {{class_->getLocation(), "`" + task_.class_name + "` is defined here"}},
                    "call RegTask(\"name\"); in the constructor");
    ports_known_ = false;
  }
  return named != nullptr;
}

void TaskReader::read_name(const Event& event) {
  task_.place = reporter_.place(event.place);
  if (const auto* name = event.first.as<std::string>()) {
    task_.name = *name;
    if (graph::is_valid_name(*name)) return;
    reporter_.error(
        "invalid-name", "\"" + *name + "\" is no task name", event.arg_place, event.chain,
        "use 1 to 128 of the characters A-Z a-z 0-9 _ . -, with a letter or _ at the start");
  } else {
    const Unknown lost{"its value is not followed", event.arg_place, {}};
    reporter_.unknown("unknown-name", "the name of this task",
                      event.first.unknown() ? *event.first.unknown() : lost, event.arg_place,
                      event.chain, kNameCure);
  }
  ports_known_ = false;
}

std::optional<std::int64_t> TaskReader::option(const Record& options, const char* name,
                                               const Event& event, double scale) {
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
    std::optional<double> number;
    if (const auto* real = value->as<double>()) number = *real;
    if (const auto* integer = value->as<llvm::APSInt>())
      number = static_cast<double>(integer->getExtValue());
    if (!number) {
      const Unknown lost{"its value is not followed", place, {}};
      reporter_.unknown("unknown-option", std::string("option ") + name + " of RegTask",
                        value->unknown() ? *value->unknown() : lost, place, event.chain,
                        "use a constant, and set what differs between runs in the job YAML");
      return std::nullopt;
    }
    if (!(*number >= 0) || *number * scale > 9e18) {
      reporter_.error("invalid-option",
                      std::string("option ") + name + " of RegTask is negative or too large", place,
                      event.chain, "give a number that is not negative");
      return std::nullopt;
    }
    if (const auto* integer = value->as<llvm::APSInt>(); integer != nullptr && scale == 1) {
      return *integer == 0 ? std::nullopt : std::optional(integer->getExtValue());
    }
    const auto scaled = static_cast<std::int64_t>(std::llround(*number * scale));
    return scaled == 0 ? std::nullopt : std::optional(scaled);
  }
  return std::nullopt;
}

void TaskReader::read_options(const Event& event) {
  const auto* options = event.options.as<Record>();
  if (options == nullptr) {
    const Unknown lost{"its value is not followed", event.place, {}};
    reporter_.unknown("unknown-option", "what RegTask is given as options",
                      event.options.unknown() ? *event.options.unknown() : lost, event.place,
                      event.chain, "write the options in the call: RegTask(name, {.cpu = 1})");
    return;
  }
  task_.hints.cpu_millis = option(*options, "cpu", event, 1000);
  task_.hints.period_ns = option(*options, "period", event, 1);
  task_.hints.stack_bytes = option(*options, "stack_bytes", event, 1);
}

void TaskReader::read_topics(const Event& event) {
  const bool subscribes = event.name == "RegSub";
  auto& ports = subscribes ? task_.sub : task_.pub;
  auto& places = subscribes ? sub_places_ : pub_places_;
  const auto* list = event.first.as<List>();
  if (list == nullptr) {
    const Unknown lost{"its value is not followed", event.arg_place, {}};
    reporter_.unknown("unknown-topic", "the list of topics of " + event.name,
                      event.first.unknown() ? *event.first.unknown() : lost, event.arg_place,
                      event.chain, kNameCure);
    ports_known_ = false;
    return;
  }
  std::size_t number = 0;
  for (const Cell* item : list->items) {
    ++number;
    const SourceLocation place = item->origin.isValid() ? item->origin : event.arg_place;
    const auto* topic = item->value.as<std::string>();
    if (topic == nullptr) {
      const Unknown lost{"its value is not followed", place, {}};
      std::vector<Note> calls = event.chain;
      if (place != event.arg_place)
        calls.push_back({event.place, "it is given to " + event.name + " here"});
      reporter_.unknown("unknown-topic", "topic " + std::to_string(number) + " of " + event.name,
                        item->value.unknown() ? *item->value.unknown() : lost, place, calls,
                        kNameCure);
      ports_known_ = false;
      continue;
    }
    if (!graph::is_valid_topic(*topic)) {
      reporter_.error(
          "invalid-name", "\"" + *topic + "\" is no topic name", place, event.chain,
          "use 1 to 128 of the characters A-Z a-z 0-9 _ . - /, with a letter or _ at the start");
      ports_known_ = false;
      continue;
    }
    const auto twin = std::find_if(ports.begin(), ports.end(),
                                   [&](const graph::Port& port) { return port.topic == *topic; });
    if (twin != ports.end()) {
      reporter_.error(
          "repeated-topic",
          "task \"" + task_.name + "\" names topic \"" + *topic + "\" twice in " + event.name,
          place, {{places[twin - ports.begin()], "it is named here first"}},
          "name each topic once");
      continue;
    }
    ports.push_back({*topic, "", reporter_.place(place)});
    places.push_back(place);
  }
}

void TaskReader::walk_body(Cell* self) {
  const Unknown later{"it is changed after the constructor", SourceLocation(), {}};
  const CXXMethodDecl* run = nullptr;
  for (const CXXRecordDecl* cls = class_;
       cls != nullptr && run == nullptr && sdk_class(cls, "Task") == nullptr;) {
    for (const CXXMethodDecl* method : cls->methods()) {
      if (method->getIdentifier() != nullptr && method->getName() == "Run" &&
          method->getNumParams() == 0)
        run = method;
    }
    const CXXRecordDecl* base = nullptr;
    for (const auto& specifier : cls->bases()) {
      const auto* record = specifier.getType()->getAsCXXRecordDecl();
      if (base == nullptr && is_task_class(record)) base = record;
    }
    cls = base;
  }
  if (run == nullptr || !run->hasBody()) {
    body_seen_ = false;
    reporter_.error("missing-body",
                    "Run() of `" + task_.class_name +
                        "` has no body in this source, so its message types are unknown",
                    run != nullptr ? run->getLocation() : class_->getLocation(), {},
                    "define Run() in the class, or in the file that has MORT_TASK");
    return;
  }
  const auto walk = [&](const CXXMethodDecl* method) {
    in_.run_unseen(method, method->isStatic() ? nullptr : self);
  };
  const std::vector<const CXXMethodDecl*> methods = all_methods();
  in_.repeat(later, [&] {
    walk(run);
    // A method whose address is taken is called in ways that are not seen.
    for (const CXXMethodDecl* method : methods) {
      if (address_taken_.count(method->getCanonicalDecl()) != 0) walk(method);
    }
  });
  // What nothing calls does not run, but its message types are worth knowing.
  const std::size_t seen = calls_.events.size();
  in_.repeat(later, [&] {
    for (const CXXMethodDecl* method : methods) {
      const FunctionDecl* definition = nullptr;
      if (method->hasBody(definition) && !in_.was_run(definition)) walk(method);
    }
  });
  auto& events = calls_.events;
  events.erase(std::remove_if(events.begin() + static_cast<std::ptrdiff_t>(seen), events.end(),
                              [](const Event& event) {
                                return event.first.as<std::string>() == nullptr ||
                                       event.name.rfind("Reg", 0) == 0;
                              }),
               events.end());
}

std::vector<const CXXMethodDecl*> TaskReader::all_methods() const {
  std::vector<const CXXMethodDecl*> methods;
  std::vector<const CXXRecordDecl*> line{class_};
  while (!line.empty()) {
    const CXXRecordDecl* cls = line.back();
    line.pop_back();
    if (cls == nullptr || sdk_class(cls, "Task") != nullptr ||
        StdModels::kind(cls) != StdKind::kNone)
      continue;
    for (const auto& base : cls->bases()) {
      if (const auto* record = base.getType()->getAsCXXRecordDecl())
        line.push_back(record->getDefinition());
    }
    const auto add = [&](const CXXMethodDecl* method) {
      if (!isa<CXXConstructorDecl, CXXDestructorDecl>(method) && !method->isImplicit() &&
          !method->isDefaulted())
        methods.push_back(method);
    };
    for (const CXXMethodDecl* method : cls->methods()) add(method);
    for (const Decl* decl : cls->decls()) {
      const auto* pattern = dyn_cast<FunctionTemplateDecl>(decl);
      if (pattern == nullptr) continue;
      for (const FunctionDecl* instance : pattern->specializations()) {
        if (const auto* method = dyn_cast<CXXMethodDecl>(instance)) add(method);
      }
    }
  }
  return methods;
}

void TaskReader::read_messages() {
  std::map<std::pair<bool, std::string>, std::pair<std::string, SourceLocation>> seen;
  std::set<std::tuple<unsigned, std::string, std::string>> reported;
  bool any_unknown = false;
  for (const Event& event : calls_.events) {
    if (event.name.rfind("Reg", 0) == 0) {
      if (!reported.emplace(event.place.getRawEncoding(), event.name, "").second) continue;
      reporter_.error(
          "late-registration", event.name + " is called outside the constructor", event.place, {},
          "call " + event.name + " in the constructor: the graph is fixed before the task runs");
      continue;
    }
    const bool takes = event.name != "Publish";
    const std::string list = takes ? "RegSub" : "RegPub";
    const auto* topic = event.first.as<std::string>();
    if (!reported.emplace(event.place.getRawEncoding(), event.name, topic != nullptr ? *topic : "")
             .second)
      continue;
    const std::string type = types_.add_message(event.type, event.place);
    if (type.empty()) ports_known_ = false;
    if (topic == nullptr) {
      const Unknown lost{"its value is not followed", event.arg_place, {}};
      reporter_.unknown(
          "unknown-topic", "which topic this " + event.name + " uses",
          event.first.unknown() ? *event.first.unknown() : lost, event.arg_place, event.chain,
          "name the topic by a literal, a constant, or a member that only the constructor sets");
      any_unknown = true;
      continue;
    }
    auto& ports = takes ? task_.sub : task_.pub;
    const auto port = std::find_if(ports.begin(), ports.end(),
                                   [&](const graph::Port& p) { return p.topic == *topic; });
    if (port == ports.end()) {
      if (!ports_known_ && ports.empty()) continue;  // the list itself was refused
      std::string known;
      for (const auto& p : ports) known += (known.empty() ? "" : ", ") + p.topic;
      reporter_.error("unregistered-topic",
                      event.name + " uses topic \"" + *topic + "\", which task \"" + task_.name +
                          "\" does not register; " + list + " names " +
                          (known.empty() ? "none" : known),
                      event.arg_place, event.chain,
                      "add \"" + *topic + "\" to " + list + ", or use a topic that is in it");
      continue;
    }
    if (type.empty()) {
      any_unknown = true;  // refused already: not untyped
      continue;
    }
    const auto [first, is_new] = seen.try_emplace({takes, *topic}, type, event.place);
    if (is_new) {
      port->type = type;
    } else if (first->second.first != type) {
      reporter_.error("type-conflict",
                      "topic \"" + *topic + "\" is used as `" + type + "` here and as `" +
                          first->second.first + "` elsewhere in task \"" + task_.name + "\"",
                      event.place,
                      {{first->second.second, "it is used as `" + first->second.first + "` here"}},
                      "use one message type for each topic");
    }
  }
  if (any_unknown || !body_seen_) return;
  const auto untyped = [&](const graph::Port& port, SourceLocation place,
                           const std::string& calls) {
    if (!port.type.empty()) return;
    reporter_.error("untyped-topic",
                    "no " + calls + " found in task \"" + task_.name +
                        "\", so the message type of " + port.topic + " is unknown",
                    place, {}, "use the topic in Run(), or do not register it");
  };
  for (std::size_t i = 0; i < task_.sub.size(); ++i)
    untyped(task_.sub[i], sub_places_[i], "Take<T>(\"" + task_.sub[i].topic + "\") or TryTake");
  for (std::size_t i = 0; i < task_.pub.size(); ++i)
    untyped(task_.pub[i], pub_places_[i], "Publish(\"" + task_.pub[i].topic + "\", ...)");
}

/// Finds registrations and task classes.
class Finder : public RecursiveASTVisitor<Finder> {
 public:
  std::vector<const VarDecl*> registrations;
  std::map<std::string, const CXXRecordDecl*> classes;
  std::set<const Decl*> address_taken;  ///< member functions

  bool shouldVisitTemplateInstantiations() const { return true; }
  bool VisitUnaryOperator(UnaryOperator* op) {
    if (op->getOpcode() != UO_AddrOf) return true;
    if (const auto* ref = dyn_cast<DeclRefExpr>(op->getSubExpr()->IgnoreParens())) {
      if (isa<CXXMethodDecl>(ref->getDecl()))
        address_taken.insert(ref->getDecl()->getCanonicalDecl());
    }
    return true;
  }
  bool VisitVarDecl(VarDecl* variable) {
    if (sdk_class(variable->getType()->getAsCXXRecordDecl(), "TaskRegistration") != nullptr &&
        variable->getInit() != nullptr)
      registrations.push_back(variable);
    return true;
  }
  bool VisitCXXMemberCallExpr(CXXMemberCallExpr* call) {
    const auto* method = call->getMethodDecl();
    if (constructor_ != nullptr && method != nullptr && method->getIdentifier() != nullptr &&
        method->getName() == "RegTask" && sdk_class(method->getParent(), "Task") != nullptr) {
      const CXXRecordDecl* cls = constructor_->getParent();
      if (is_task_class(cls) && !cls->isDependentContext() && !cls->isAbstract())
        classes[cls->getQualifiedNameAsString()] = cls;
    }
    return true;
  }
  bool TraverseCXXConstructorDecl(CXXConstructorDecl* constructor) {
    const auto* outer = std::exchange(constructor_, constructor);
    const bool go_on = RecursiveASTVisitor::TraverseCXXConstructorDecl(constructor);
    constructor_ = outer;
    return go_on;
  }

 private:
  const CXXConstructorDecl* constructor_ = nullptr;
};

}  // namespace

void read_tasks(ASTContext& context, const Reporter& reporter, Unit& unit) {
  const SourceManager& sources = context.getSourceManager();
  Finder finder;
  for (Decl* decl : context.getTranslationUnitDecl()->decls()) {
    if (!sources.isInSystemHeader(decl->getLocation())) finder.TraverseDecl(decl);
  }
  MessageTypes types(context, reporter, unit);
  for (const VarDecl* registration : finder.registrations) {
    TaskReader(context, reporter, unit, types, finder.address_taken).read(registration);
  }
  for (const auto& [name, cls] : finder.classes)
    unit.task_classes.push_back({name, reporter.place(cls->getLocation())});
}

}  // namespace mort::analyzer
