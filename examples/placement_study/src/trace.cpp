#include "mort/placement_study/trace.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <optional>
#include <string_view>
#include <unordered_map>

namespace mort::placement_study {
namespace {

constexpr std::size_t kMaxFaults = 10;

/// A task name of the trace: a letter, the number of the task, the numbers it depends on.
struct TaskName {
  std::int32_t number = 0;
  std::vector<std::int32_t> dependencies;
};

/// Nothing for a name of another form: such a task has no number and no dependencies.
std::optional<TaskName> parse_task_name(std::string_view text) {
  if (text.size() < 2 || text[0] < 'A' || text[0] > 'Z') return std::nullopt;
  text.remove_prefix(1);
  TaskName name;
  for (bool first = true; !text.empty(); first = false) {
    const std::size_t length = std::min(text.find('_'), text.size());
    const std::string_view part = text.substr(0, length);
    std::int32_t number = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), number);
    const bool whole = error == std::errc{} && end == part.data() + part.size() && number > 0;
    // "R3_2_Stg1": a stage is no dependency.
    if (!whole && (first || !part.starts_with("Stg"))) return std::nullopt;
    if (whole) (first ? name.number : name.dependencies.emplace_back()) = number;
    text.remove_prefix(std::min(length + 1, text.size()));
  }
  return name;
}

struct Job {
  std::vector<TaskName> tasks;  // number 0: without a number
  std::vector<std::size_t> lines;
  bool too_large = false;
};

struct Fault {
  std::size_t line;
  std::string cause;
};

/// The job's tasks in topological order (smallest number first), or why it cannot be taken.
Result<JobShape> to_shape(const Job& job, Fault& fault) {
  const auto refuse = [&fault](std::size_t line, std::string cause) {
    fault = {line, std::move(cause)};
    return fail(ErrorCode::kInvalid, fault.cause);
  };
  if (job.too_large) return refuse(job.lines.front(), "the job has too many tasks");
  std::unordered_map<std::int32_t, std::size_t> by_number;
  for (std::size_t i = 0; i < job.tasks.size(); ++i) {
    const std::int32_t number = job.tasks[i].number;
    if (number != 0 && !by_number.emplace(number, i).second) {
      return refuse(job.lines[i], "the job has a task " + std::to_string(number) + " already");
    }
  }
  std::vector<std::vector<std::size_t>> parents(job.tasks.size());
  for (std::size_t i = 0; i < job.tasks.size(); ++i) {
    for (const std::int32_t number : job.tasks[i].dependencies) {
      const auto found = by_number.find(number);
      if (number == job.tasks[i].number) {
        return refuse(job.lines[i], "the task depends on itself");
      }
      if (found == by_number.end()) {
        return refuse(job.lines[i],
                      "the task depends on " + std::to_string(number) + ", which the job lacks");
      }
      parents[i].push_back(found->second);
    }
    std::sort(parents[i].begin(), parents[i].end());
    parents[i].erase(std::unique(parents[i].begin(), parents[i].end()), parents[i].end());
  }

  JobShape shape;
  std::vector<std::int32_t> place(job.tasks.size(), -1);
  std::vector<std::size_t> waiting(job.tasks.size());
  std::vector<std::vector<std::size_t>> children(job.tasks.size());
  std::vector<std::size_t> ready;
  for (std::size_t i = 0; i < job.tasks.size(); ++i) {
    waiting[i] = parents[i].size();
    for (const std::size_t parent : parents[i]) children[parent].push_back(i);
    if (parents[i].empty()) ready.push_back(i);
  }
  for (std::size_t at = 0; at < ready.size(); ++at) {
    place[ready[at]] = static_cast<std::int32_t>(at);
    auto& list = shape.parents.emplace_back();
    for (const std::size_t parent : parents[ready[at]]) list.push_back(place[parent]);
    std::sort(list.begin(), list.end());
    for (const std::size_t child : children[ready[at]]) {
      if (--waiting[child] == 0) ready.push_back(child);
    }
  }
  if (ready.size() < job.tasks.size()) {
    const auto stuck = std::find(place.begin(), place.end(), -1) - place.begin();
    return refuse(job.lines[static_cast<std::size_t>(stuck)],
                  "the task waits for a circle of dependencies");
  }
  return shape;
}

/// One line without its end; false at the end of the file. A line beyond `max` is read over and
/// given as too long, so that no line can take all memory.
bool read_line(std::streambuf& in, std::size_t max, std::string& line, bool& too_long) {
  using Traits = std::char_traits<char>;
  line.clear();
  too_long = false;
  int next = in.sbumpc();
  if (Traits::eq_int_type(next, Traits::eof())) return false;
  for (; !Traits::eq_int_type(next, Traits::eof()) && next != '\n'; next = in.sbumpc()) {
    if (line.size() < max) {
      line.push_back(Traits::to_char_type(next));
    } else {
      too_long = true;
    }
  }
  if (line.ends_with('\r')) line.pop_back();
  return true;
}

struct Row {
  std::string_view task;
  std::string_view job;
};

/// Columns 1 and 3; nothing where one is missing or empty.
std::optional<Row> parse_row(std::string_view line) {
  const std::size_t first = line.find(',');
  const std::size_t second = first == line.npos ? first : line.find(',', first + 1);
  if (second == line.npos || line.find('\0') != line.npos) return std::nullopt;
  const std::string_view rest = line.substr(second + 1);
  const Row row{line.substr(0, first), rest.substr(0, rest.find(','))};
  if (row.task.empty() || row.job.empty()) return std::nullopt;
  return row;
}

}  // namespace

Result<Trace> read_trace(const std::string& file, const TraceLimits& limits) {
  std::ifstream in(file, std::ios::binary);
  if (!in || in.peek() == std::ifstream::traits_type::eof()) {
    return fail(ErrorCode::kInvalid, "cannot be read or is empty", file,
                "name a batch_task.csv of the Alibaba cluster trace v2018");
  }
  Trace trace;
  std::vector<Job> jobs;
  std::unordered_map<std::string, std::size_t> by_name;
  std::vector<Fault> faults;
  const auto note = [&](std::size_t line, std::string cause) {
    if (faults.size() < kMaxFaults) faults.push_back({line, std::move(cause)});
  };

  std::string line;
  bool too_long = false;
  while (read_line(*in.rdbuf(), limits.line_bytes, line, too_long)) {
    ++trace.lines;
    if (trace.lines == 1 && line.starts_with("task_name,")) continue;
    const std::optional<Row> row = too_long ? std::nullopt : parse_row(line);
    if (!row) {
      ++trace.skipped_lines;
      note(trace.lines,
           too_long ? "the line is longer than " + std::to_string(limits.line_bytes) + " bytes"
                    : "the name of a task or a job is missing");
      continue;
    }
    auto found = by_name.find(std::string(row->job));
    if (found == by_name.end()) {
      if (jobs.size() == limits.jobs) {
        trace.stopped = true;
        break;
      }
      found = by_name.emplace(row->job, jobs.size()).first;
      jobs.emplace_back();
    }
    Job& job = jobs[found->second];
    job.too_large = job.too_large || job.tasks.size() >= limits.tasks_per_job;
    if (job.too_large) continue;
    job.tasks.push_back(parse_task_name(row->task).value_or(TaskName{}));
    job.lines.push_back(trace.lines);
  }

  for (const Job& job : jobs) {
    Fault fault{0, {}};
    Result<JobShape> shape = to_shape(job, fault);
    if (shape) {
      trace.shapes.push_back(std::move(*shape));
    } else {
      ++trace.left_out_jobs;
      note(fault.line, std::move(fault.cause));
    }
  }
  std::stable_sort(faults.begin(), faults.end(),
                   [](const Fault& a, const Fault& b) { return a.line < b.line; });
  for (const Fault& fault : faults) {
    trace.faults.push_back(file + ":" + std::to_string(fault.line) + ": " + fault.cause);
  }
  if (trace.shapes.empty()) {
    return fail(ErrorCode::kInvalid,
                "no whole job in " + std::to_string(trace.lines) + " lines" +
                    (faults.empty() ? "" : "; first: " + faults.front().cause),
                faults.empty() ? file : file + ":" + std::to_string(faults.front().line),
                "the columns are task_name,instance_num,job_name,... as in batch_task.csv");
  }
  return trace;
}

}  // namespace mort::placement_study
