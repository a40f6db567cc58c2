#include "yaml_tree.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <memory>
#include <optional>
#include <set>
#include <sstream>

#include "mort/graph/limits.hpp"
#include "names.hpp"

namespace mort::graph {
namespace {

class TreeBuilder : public YAML::EventHandler {
 public:
  explicit TreeBuilder(std::string file) : file_(std::move(file)) {}

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    scalar(YamlNode::Kind::kNull, mark, anchor, {});
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { refuse_anchor(mark); }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    const bool plain = tag != "!";  // yaml-cpp's tag of quoted scalars
    const bool null = plain && (value == "~" || value == "null" || value.empty());
    scalar(null ? YamlNode::Kind::kNull : YamlNode::Kind::kScalar, mark, anchor, value);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(YamlNode::Kind::kSequence, mark, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(YamlNode::Kind::kMap, mark, anchor);
  }
  void OnMapEnd() override { close(); }

  Place place(const YAML::Mark& mark) const {
    return {file_, mark.line < 0 ? 0 : mark.line + 1, mark.column < 0 ? 0 : mark.column + 1};
  }
  const std::optional<Error>& error() const { return error_; }
  YamlNode take_root() { return std::move(root_); }

 private:
  struct Open {
    YamlNode node;
    std::set<std::string> seen;
  };

  void refuse(const Place& at, std::string cause, std::string cure) {
    if (!error_)
      error_ = Error{ErrorCode::kInvalid, std::move(cause), to_string(at), std::move(cure)};
  }
  void refuse_anchor(const YAML::Mark& mark) {
    refuse(place(mark), "anchors and aliases are not allowed", "write the value out");
  }

  void scalar(YamlNode::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor,
              const std::string& text) {
    if (anchor != 0) refuse_anchor(mark);
    if (!error_) attach({kind, text, place(mark), {}, {}});
  }

  void open(YamlNode::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != 0) refuse_anchor(mark);
    if (stack_.size() >= kMaxYamlDepth) {
      refuse(place(mark), "nested too deeply",
             "at most " + std::to_string(kMaxYamlDepth) + " levels are read");
    }
    if (!error_) stack_.push_back({{kind, {}, place(mark), {}, {}}, {}});
  }

  void close() {
    if (error_) return;  // events go on after a fault; they are ignored
    YamlNode node = std::move(stack_.back().node);
    stack_.pop_back();
    attach(std::move(node));
  }

  void attach(YamlNode node) {
    if (stack_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = stack_.back();
    const bool is_key = parent.node.kind == YamlNode::Kind::kMap &&
                        parent.node.keys.size() == parent.node.items.size();
    if (!is_key) {
      // yaml-cpp marks a value that is not there at the token after it; its key is what the reader
      // looks for.
      const bool nothing = node.kind == YamlNode::Kind::kNull;
      if (nothing && !parent.node.keys.empty()) node.place = parent.node.keys.back().place;
      parent.node.items.push_back(std::move(node));
      return;
    }
    if (node.kind != YamlNode::Kind::kScalar) {
      refuse(node.place, "a key must be plain text, not " + std::string(kind_name(node)),
             "write `name: value`");
    } else if (!parent.seen.insert(node.text).second) {
      refuse(node.place, "duplicate key " + in_quotes(node.text), "keep one of the two");
    }
    parent.node.keys.push_back(std::move(node));
  }

  std::string file_;
  std::vector<Open> stack_;
  YamlNode root_;
  std::optional<Error> error_;
};

Result<YamlNode> parse(std::string_view text, const std::string& file) {
  std::istringstream stream{std::string(text)};
  YAML::Parser parser(stream);
  TreeBuilder builder(file);
  if (!parser.HandleNextDocument(builder)) {
    return fail(ErrorCode::kInvalid, "the file holds no document", file,
                "start with `job: NAME` and `sources: [...]`");
  }
  if (builder.error()) return tl::unexpected<Error>(*builder.error());
  TreeBuilder second(file);
  if (parser.HandleNextDocument(second)) {
    return fail(ErrorCode::kInvalid, "the file holds more than one document", file,
                "describe one job in each file");
  }
  return builder.take_root();
}

}  // namespace

const YamlNode* YamlNode::find(std::string_view key) const {
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (keys[i].text == key) return &items[i];
  }
  return nullptr;
}

std::string_view kind_name(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::kNull:
      return "nothing";
    case YamlNode::Kind::kScalar:
      return "text";
    case YamlNode::Kind::kSequence:
      return "a list";
    case YamlNode::Kind::kMap:
      return "a mapping";
  }
  return "nothing";
}

Result<YamlNode> read_yaml(std::string_view text, const std::string& file) {
  if (text.size() > kMaxYamlBytes) {
    return fail(ErrorCode::kInvalid, "the file is larger than 1 MiB", file,
                "move data out of the job description");
  }
  try {
    return parse(text, file);
  } catch (const YAML::Exception& e) {
    const Place at = TreeBuilder(file).place(e.mark);
    return fail(ErrorCode::kInvalid, "not YAML: " + e.msg, to_string(at),
                "check indentation, quotes and brackets before this place");
  } catch (const std::exception& e) {
    return fail(ErrorCode::kInvalid, std::string("not YAML: ") + e.what(), file,
                "check indentation, quotes and brackets");
  }
}

}  // namespace mort::graph
