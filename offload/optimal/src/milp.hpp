// A mixed-integer program, and CBC to solve it. No other file sees CBC.
#pragma once

#include <optional>
#include <span>
#include <vector>

namespace mort::optimal {

/// The sum of cost x value, to be made as small as possible.
class Milp {
 public:
  struct Term {
    int column;
    double factor;
  };
  static constexpr double kInfinity = 1e300;

  /// Each returns the number of the new column.
  int add_binary() { return add_column(1, true); }
  int add_continuous(double upper) { return add_column(upper, false); }
  void set_cost(int column, double cost) { cost_[column] = cost; }
  void add_row(std::span<const Term> terms, double lower, double upper);
  int columns() const { return static_cast<int>(cost_.size()); }
  int rows() const { return static_cast<int>(row_lower_.size()); }

  struct Limits {
    double seconds;
    std::optional<double> below;  ///< only solutions that cost less than this
    double step;                  ///< a better solution costs less by at least this
  };
  struct Outcome {
    std::optional<std::vector<double>> values;  ///< of the best solution found
    double bound = -kInfinity;                  ///< nothing costs less
    bool complete = false;  ///< there is nothing better than `values`, or nothing at all
  };
  /// One thread; the same answer each time unless time runs out. Threads: one call at a time.
  Outcome solve(const Limits& limits) const;

 private:
  int add_column(double upper, bool integer);

  std::vector<double> upper_;
  std::vector<double> cost_;
  std::vector<int> integers_;
  std::vector<double> row_lower_;
  std::vector<double> row_upper_;
  std::vector<int> row_start_{0};
  std::vector<int> term_column_;
  std::vector<double> term_factor_;
};

}  // namespace mort::optimal
