#include "mort/graph/idl.hpp"

#include <algorithm>
#include <cctype>
#include <set>

#include "field_type.hpp"
#include "mort/graph/job.hpp"
#include "mort/graph/limits.hpp"
#include "names.hpp"

namespace mort::graph {
namespace {

using Path = std::vector<std::string>;

/// Of an IDL enum: gaps are filled for compilers that know no @value.
constexpr std::int64_t kMaxEnumerator = 255;

constexpr std::string_view kKeywords[] = {
    "abstract",   "alias",     "any",         "attribute", "bitfield",  "bitmask", "bitset",
    "boolean",    "case",      "char",        "component", "connector", "const",   "consumes",
    "context",    "custom",    "default",     "double",    "emits",     "enum",    "eventtype",
    "exception",  "factory",   "false",       "finder",    "fixed",     "float",   "getraises",
    "home",       "import",    "in",          "inout",     "int16",     "int32",   "int64",
    "int8",       "interface", "local",       "long",      "manages",   "map",     "mirrorport",
    "module",     "multiple",  "native",      "object",    "octet",     "oneway",  "out",
    "port",       "porttype",  "primarykey",  "private",   "provides",  "public",  "publishes",
    "raises",     "readonly",  "sequence",    "setraises", "short",     "string",  "struct",
    "supports",   "switch",    "truncatable", "true",      "typedef",   "typeid",  "typename",
    "typeprefix", "uint16",    "uint32",      "uint64",    "uint8",     "union",   "unsigned",
    "uses",       "valuebase", "valuetype",   "void",      "wchar",     "wstring"};

constexpr std::pair<std::string_view, std::string_view> kBasic[] = {
    {"bool", "boolean"},        {"char", "char"},
    {"int8", "int8"},           {"uint8", "octet"},
    {"int16", "short"},         {"uint16", "unsigned short"},
    {"int32", "long"},          {"uint32", "unsigned long"},
    {"int64", "long long"},     {"uint64", "unsigned long long"},
    {"float", "float"},         {"double", "double"},
    {"string", "string"},       {"duration", "long long"},
    {"time_point", "long long"}};

/// IDL compares names without their case.
std::string folded(std::string_view name) {
  std::string text(name);
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// A leading underscore tells an identifier from a keyword; it is no part of the name.
std::string identifier(const std::string& name) {
  const bool keyword =
      std::find(std::begin(kKeywords), std::end(kKeywords), folded(name)) != std::end(kKeywords);
  return keyword || name.starts_with('_') ? "_" + name : name;
}

Path path_of(std::string_view name) {
  Path path;
  for (std::size_t colons; (colons = name.find("::")) != std::string_view::npos;
       name = name.substr(colons + 2)) {
    path.emplace_back(name.substr(0, colons));
  }
  path.emplace_back(name);
  return path;
}

std::string joined(const Path& path, std::size_t begin, std::size_t end) {
  std::string text;
  for (std::size_t i = begin; i < end; ++i) text += (i > begin ? "::" : "") + path[i];
  return text;
}

/// 32 bits, as of an IDL enum, whose values every compiler of IDL knows. Others travel as integers.
bool is_idl_enum(const EnumType& type) {
  const auto& labels = type.enumerators;
  return wire_of(type).ends_with("32") && !labels.empty() &&
         std::all_of(labels.begin(), labels.end(), [](const auto& label) {
           return label.second >= 0 && label.second <= kMaxEnumerator;
         });
}

std::string_view basic(std::string_view type) {
  const auto* found = std::find_if(std::begin(kBasic), std::end(kBasic),
                                   [&](const auto& known) { return known.first == type; });
  return found == std::end(kBasic) ? std::string_view() : found->second;
}

/// What the IDL type of a field does not say.
std::string meaning_of(std::string_view type) {
  const std::string_view innermost = element_of(type);
  std::string text;
  const auto add = [&](std::string_view what) {
    text += (text.empty() ? "" : "; ") + std::string(what);
  };
  if (outermost(type).kind == FieldType::Kind::kOptional) add("there may be none");
  if (outermost(type).kind == FieldType::Kind::kMap) add("each key once");
  if (innermost == "duration") add("nanoseconds");
  if (innermost == "time_point") add("nanoseconds since the epoch of its clock");
  return text;
}

bool is_identifier(const std::string& name) {
  return is_valid_type_name(name) && name.find(':') == std::string::npos;
}

tl::unexpected<Error> refuse(std::string cause, std::string cure) {
  return fail(ErrorCode::kInvalid, std::move(cause), {}, std::move(cure));
}

class IdlWriter {
 public:
  explicit IdlWriter(const TypeTable& types) : types_(types) {}

  Result<std::string> write(const std::vector<std::string>& roots) {
    MORT_TRY_VOID(collect(roots));
    MORT_TRY_VOID(declare_names());
    name_enumerators();
    text_ =
        "// Messages of tasks. On the wire: plain CDR (XCDR1), little endian, DDS type names as "
        "here.\n";
    if (std::any_of(order_.begin(), order_.end(),
                    [&](const std::string& name) { return types_.enums.count(name) > 0; }))
      text_ += "// Enums hold any value of the type behind them, with or without an enumerator.\n";
    for (const std::string& name : order_) {
      Path scope = path_of(name);
      const std::string own = scope.back();
      scope.pop_back();
      enter(scope);
      if (types_.enums.count(name) > 0) {
        write_enum(name, own);
      } else {
        MORT_TRY_VOID(write_struct(name, own));
      }
    }
    enter({});
    return std::move(text_);
  }

 private:
  /// Of an enum: value -> (label in IDL, label in the code).
  using Labels = std::map<std::int64_t, std::pair<std::string, std::string>>;

  /// The types that are needed, what is used before what uses it.
  Result<void> collect(const std::vector<std::string>& roots) {
    std::vector<std::string> wanted = roots;
    std::vector<std::string> known;
    for (const auto& [name, unused] : types_.enums) known.push_back(name);
    for (const auto& [name, unused] : types_.structs) known.push_back(name);
    std::sort(known.begin(), known.end());
    if (wanted.empty()) wanted = known;
    for (const std::string& root : wanted) {
      if (!std::binary_search(known.begin(), known.end(), root)) {
        return refuse("there is no message type " + in_quotes(root),
                      cure_for_unknown(root, "types", known));
      }
      MORT_TRY_VOID(visit(root, 0));
    }
    return {};
  }

  Result<void> visit(const std::string& name, std::size_t depth) {
    if (done_.count(name) > 0) return {};
    if (!is_valid_type_name(name)) {
      return refuse("type " + in_quotes(name) + " has a name that IDL cannot say",
                    "give it a plain name in a named namespace");
    }
    if (!open_.insert(name).second || depth > kMaxTypeDepth) {
      return refuse("type " + in_quotes(name) + " contains itself, or is nested too deeply",
                    "send a message that has an end");
    }
    if (const auto found = types_.enums.find(name); found != types_.enums.end()) {
      const auto& labels = found->second.enumerators;
      const bool sound = std::all_of(labels.begin(), labels.end(),
                                     [](const auto& label) { return is_identifier(label.first); });
      if (!sound)
        return refuse("enum " + in_quotes(name) + " has enumerators that IDL cannot say",
                      "give them plain names");
    }
    if (const auto found = types_.structs.find(name); found != types_.structs.end()) {
      if (found->second.fields.empty())
        return refuse("struct " + in_quotes(name) + " has no fields, and IDL has no such structs",
                      "give it a field");
      for (const Field& field : found->second.fields) {
        const FieldType element = outermost(element_of(field.type));
        if (element.kind == FieldType::Kind::kBasic) continue;
        const std::string inside(element.inside);
        if (types_.structs.count(inside) + types_.enums.count(inside) == 0) {
          return refuse("field " + in_quotes(field.name) + " of " + name +
                            " has the unknown type " + in_quotes(field.type),
                        "analyse the sources again");
        }
        MORT_TRY_VOID(visit(inside, depth + 1));
      }
    }
    open_.erase(name);
    done_.insert(name);
    order_.push_back(name);
    return {};
  }

  /// Modules and types by scope. Two of a scope that differ in case only cannot both be said.
  Result<void> declare_names() {
    for (const std::string& name : order_) {
      const Path path = path_of(name);
      for (std::size_t i = 0; i < path.size(); ++i) {
        const std::string scope = joined(path, 0, i);
        const bool is_type = i + 1 == path.size();
        const std::string full = joined(path, 0, i + 1);
        const auto [at, fresh] = declared_[folded(scope)].emplace(folded(path[i]), full);
        const bool same_module = !is_type && types_.structs.count(full) == 0 &&
                                 types_.enums.count(full) == 0 && at->second == full;
        const bool outer = i > 0 && folded(path[i]) == folded(path[i - 1]);
        if ((!fresh && !same_module) || outer) {
          if (at->second == full && !outer) {
            return refuse(in_quotes(full) + " is a type and has types in it, which IDL has not",
                          "put the inner types beside it");
          }
          return refuse("IDL does not tell " + in_quotes(full) + " from " +
                            in_quotes(outer ? scope : at->second) +
                            ": to it, names that differ in case only, and a scope and what is "
                            "directly in it, are one",
                        "rename one of the two");
        }
        types_in_[folded(scope)].insert(folded(path[i]));
        taken_.insert(folded(path[i]));
      }
    }
    return {};
  }

  /// Enumerators stand beside their enum: labels of two enums of a module must differ.
  void name_enumerators() {
    std::map<std::string, std::map<std::string, int>> uses;
    for (const std::string& name : order_) {
      const auto found = types_.enums.find(name);
      if (found == types_.enums.end()) continue;
      for (const auto& [label, unused] : found->second.enumerators)
        ++uses[scope_of(name)][folded(label)];
    }
    for (const std::string& name : order_) {
      const auto found = types_.enums.find(name);
      if (found == types_.enums.end()) continue;
      std::map<std::string, std::string>& names = declared_[scope_of(name)];
      for (const auto& [label, value] : found->second.enumerators) {
        std::string chosen = label;
        if (uses[scope_of(name)][folded(label)] > 1 || taken_.count(folded(label)) > 0)
          chosen = path_of(name).back() + "_" + label;
        while (names.count(folded(chosen)) > 0) chosen += "_";
        names.emplace(folded(chosen), name);
        labels_[name].emplace(value, std::pair(chosen, label));
      }
    }
  }

  static std::string scope_of(const std::string& name) {
    const Path path = path_of(name);
    return folded(joined(path, 0, path.size() - 1));
  }

  void enter(const Path& scope) {
    std::size_t common = 0;
    while (common < std::min(scope.size(), scope_.size()) && scope[common] == scope_[common])
      ++common;
    while (scope_.size() > common) {
      scope_.pop_back();
      line("};");
    }
    while (scope_.size() < scope.size()) {
      line("module " + identifier(scope[scope_.size()]) + " {");
      scope_.push_back(scope[scope_.size()]);
    }
  }

  void line(const std::string& text, int deeper = 0) {
    text_.append(2 * (scope_.size() + static_cast<std::size_t>(deeper)), ' ');
    text_ += text + "\n";
  }

  static std::string note(const std::string& written, const std::string& label,
                          const std::string& meaning = {}) {
    std::string text = written == label ? "" : label + " in the code";
    if (!meaning.empty()) text += (text.empty() ? "" : "; ") + meaning;
    return text.empty() ? "" : "  // " + text;
  }

  void write_enum(const std::string& name, const std::string& own) {
    const auto& labels = labels_[name];  // by value; of two with one value the first
    const EnumType& type = types_.enums.at(name);
    if (!is_idl_enum(type)) return write_number(type, labels, own);
    bool counts = true;
    std::int64_t next = 0;
    for (const auto& [value, unused] : labels) counts = counts && value == next++;
    std::vector<std::pair<std::string, std::string>> lines;
    next = 0;
    for (const auto& [value, label] : labels) {
      for (; !counts && next < value; ++next) {
        std::string filler = own + "_unused_" + std::to_string(next);
        while (!declared_[scope_of(name)].emplace(folded(filler), name).second) filler += "_";
        lines.emplace_back(identifier(filler), "");
      }
      next = value + 1;
      lines.emplace_back(
          (counts ? "" : "@value(" + std::to_string(value) + ") ") + identifier(label.first),
          note(label.first, label.second));
    }
    line("enum " + identifier(own) + " {");
    for (std::size_t i = 0; i < lines.size(); ++i)
      line(lines[i].first + (i + 1 < lines.size() ? "," : "") + lines[i].second, 1);
    line("};");
  }

  /// An enum that IDL has no room for.
  void write_number(const EnumType& type, const Labels& labels, const std::string& own) {
    const std::string number(basic(wire_of(type)));
    line("// Not an IDL enum: it has 64 bits, no enumerators, or some that are not 0 to 255.");
    line("typedef " + number + " " + identifier(own) + ";");
    for (const auto& [value, label] : labels) {
      line("const " + number + " " + identifier(label.first) + " = " +
           enumerator_text(type, value) + ";" + note(label.first, label.second));
    }
  }

  /// What fields of a struct cannot be called: types and modules beside it, and those that it
  /// names.
  Result<std::set<std::string>> names_used_by(const std::string& name) {
    std::set<std::string> names;
    for (const Field& field : types_.structs.at(name).fields) {
      MORT_TRY(used, names_used_by_field(field.type));
      names.merge(used);
    }
    return names;
  }

  Result<std::set<std::string>> names_used_by_field(std::string_view type) {
    std::set<std::string> names = types_in_[folded(joined(scope_, 0, scope_.size()))];
    const FieldType element = outermost(element_of(type));
    if (element.kind != FieldType::Kind::kNamed) return names;
    MORT_TRY(used, reference(std::string(element.inside)));
    const std::string first = used.substr(0, used.find("::"));
    names.insert(folded(first.starts_with('_') ? first.substr(1) : first));
    return names;
  }

  Result<void> write_struct(const std::string& name, const std::string& own) {
    std::vector<std::string> lines;
    MORT_TRY(names, names_used_by(name));
    names.insert(folded(own));
    for (const Field& field : types_.structs.at(name).fields) {
      std::string chosen = field.name;
      if (!is_identifier(chosen)) {
        return refuse("field " + in_quotes(chosen) + " of " + name + " has no C++ name",
                      "analyse the sources again");
      }
      while (names.count(folded(chosen)) > 0) chosen += "_";
      names.insert(folded(chosen));
      MORT_TRY(declared, declarator(field.type, own + "_" + chosen, identifier(chosen)));
      lines.push_back(declared + ";" + note(chosen, field.name, meaning_of(field.type)));
    }
    line("@final");
    line("struct " + identifier(own) + " {");
    for (const std::string& one : lines) line(one, 1);
    line("};");
    return {};
  }

  /// "TYPE NAME", with the lengths of arrays after the name.
  Result<std::string> declarator(std::string_view type, const std::string& hint,
                                 const std::string& name) {
    std::string lengths;
    FieldType layer = outermost(type);
    for (; layer.kind == FieldType::Kind::kArray; type = layer.inside, layer = outermost(type))
      lengths += "[" + std::to_string(layer.length) + "]";
    MORT_TRY(text, type_text(type, hint));
    return text + " " + name + lengths;
  }

  Result<std::string> type_text(std::string_view type, const std::string& hint) {
    const FieldType layer = outermost(type);
    switch (layer.kind) {
      case FieldType::Kind::kBasic:
        return std::string(basic(layer.inside));
      case FieldType::Kind::kNamed:
        return reference(std::string(layer.inside));
      case FieldType::Kind::kSequence: {
        MORT_TRY(element, type_text(layer.inside, hint));
        return "sequence<" + element + (element.ends_with('>') ? " >" : ">");
      }
      case FieldType::Kind::kArray: {
        // Only a declarator can be an array, so one within a sequence needs a name.
        std::string alias = hint + "_element";
        MORT_TRY(declared, declarator(type, alias, identifier(unused_here(alias))));
        line("typedef " + declared + ";");
        return identifier(alias);
      }
      case FieldType::Kind::kOptional: {
        MORT_TRY(element, type_text(layer.inside, hint));
        return "sequence<" + element + ", 1>";
      }
      case FieldType::Kind::kMap:
        return map_text(layer.inside, hint);
      case FieldType::Kind::kMalformed:
        break;
    }
    return refuse("type " + in_quotes(type) + " is not well-formed", "analyse the sources again");
  }

  /// A sequence of pairs, whose struct needs a name.
  Result<std::string> map_text(std::string_view values, const std::string& hint) {
    std::string entry = hint + "_entry";
    const std::string own = identifier(unused_here(entry));
    MORT_TRY(names, names_used_by_field(values));
    const auto unused = [&](std::string name) {
      while (!names.insert(folded(name)).second) name += "_";
      return name;
    };
    const std::string key = unused("key");
    MORT_TRY(value, declarator(values, entry + "_value", unused("value")));
    line("@final");
    line("struct " + own + " {");
    line("string " + key + ";", 1);
    line(value + ";", 1);
    line("};");
    return "sequence<" + own + ">";
  }

  std::string unused_here(std::string& name) {
    auto& names = declared_[folded(joined(scope_, 0, scope_.size()))];
    while (!names.emplace(folded(name), name).second) name += "_";
    types_in_[folded(joined(scope_, 0, scope_.size()))].insert(folded(name));
    return name;
  }

  /// The name of a type from the scope that is open: qualified as far as it has to be, and so that
  /// no nearer name of the same beginning is meant.
  Result<std::string> reference(const std::string& name) {
    const Path path = path_of(name);
    std::size_t common = 0;
    while (common < std::min(path.size() - 1, scope_.size()) && path[common] == scope_[common])
      ++common;
    std::vector<std::size_t> begins;
    if (common == scope_.size()) begins.push_back(common);
    for (std::size_t begin = 0; begin <= common; ++begin) begins.push_back(begin);
    for (const std::size_t begin : begins) {
      bool hidden = false;
      for (std::size_t inner = begin + 1; inner <= scope_.size(); ++inner) {
        const auto names = declared_.find(folded(joined(scope_, 0, inner)));
        hidden =
            hidden || (names != declared_.end() && names->second.count(folded(path[begin])) > 0);
      }
      if (hidden) continue;
      std::string text;
      for (std::size_t i = begin; i < path.size(); ++i)
        text += (i > begin ? "::" : "") + identifier(path[i]);
      return text;
    }
    return refuse("within " + joined(scope_, 0, scope_.size()) + " IDL cannot name " + name,
                  "rename the namespace that hides it");
  }

  const TypeTable& types_;
  std::set<std::string> open_;
  std::set<std::string> done_;
  std::vector<std::string> order_;
  /// Folded scope -> folded name -> what has it.
  std::map<std::string, std::map<std::string, std::string>> declared_;
  std::map<std::string, std::set<std::string>> types_in_;  ///< the same of modules and types only
  std::set<std::string> taken_;  ///< folded names of modules and types of all scopes
  std::map<std::string, Labels> labels_;
  Path scope_;
  std::string text_;
};

}  // namespace

Result<std::string> to_idl(const TypeTable& types, const std::vector<std::string>& roots) {
  return IdlWriter(types).write(roots);
}

TypeTable renamed(const TypeTable& types,
                  const std::function<std::string(const std::string&)>& name_of) {
  TypeTable out;
  for (const auto& [name, type] : types.enums) out.enums[name_of(name)] = type;
  for (const auto& [name, type] : types.structs) {
    StructType& copy = out.structs[name_of(name)] = type;
    for (Field& field : copy.fields) {
      const FieldType element = outermost(element_of(field.type));
      if (element.kind != FieldType::Kind::kNamed) continue;
      const auto begin = static_cast<std::size_t>(element.inside.data() - field.type.data());
      const std::string old(element.inside);
      field.type.replace(begin, old.size(), name_of(old));
    }
  }
  return out;
}

}  // namespace mort::graph
