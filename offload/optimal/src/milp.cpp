#include "milp.hpp"

#include <algorithm>
#include <chrono>
#include <coin/CbcModel.hpp>
#include <coin/CbcSolver.hpp>
#include <coin/CoinPackedMatrix.hpp>
#include <coin/OsiClpSolverInterface.hpp>
#include <exception>
#include <string>

namespace mort::optimal {
namespace {

/// What CBC's command line takes. Preprocessing is off because that of CBC 2.10 has called
/// solvable programs infeasible (tests/data/instances/tiny05.json). The heuristics rarely find what
/// the start did not, and dense cuts (Gomory, two-step MIR) cost more than they save here.
std::vector<std::string> arguments(const Milp::Limits& limits, double seconds) {
  std::vector<std::string> all = {"mort-optimal",
                                  "-log",
                                  "0",
                                  "-timeMode",
                                  "elapsed",
                                  "-seconds",
                                  std::to_string(std::max(seconds, 0.0)),
                                  "-increment",
                                  std::to_string(limits.step),
                                  "-preprocess",
                                  "off"};
  if (limits.below)
    all.insert(all.end(), {"-heuristicsOnOff", "off", "-gomory", "off", "-twoMirCuts", "off"});
  all.insert(all.end(), {"-solve", "-quit"});
  return all;
}

}  // namespace

int Milp::add_column(double upper, bool integer) {
  if (integer) integers_.push_back(columns());
  upper_.push_back(upper);
  cost_.push_back(0);
  return columns() - 1;
}

void Milp::add_row(std::span<const Term> terms, double lower, double upper) {
  for (const Term& term : terms) {
    term_column_.push_back(term.column);
    term_factor_.push_back(term.factor);
  }
  row_start_.push_back(static_cast<int>(term_column_.size()));
  row_lower_.push_back(lower);
  row_upper_.push_back(upper);
}

Milp::Outcome Milp::solve(const Limits& limits) const {
  Outcome outcome;
  // CBC wants at least a column, and rows that hold something.
  for (int row = 0; row < rows(); ++row) {
    const bool holds = row_lower_[row] <= 0 && row_upper_[row] >= 0;
    if (row_start_[row] == row_start_[row + 1] && !holds) return {std::nullopt, kInfinity, true};
  }
  if (columns() == 0) return {std::vector<double>(), 0, true};
  try {
    std::vector<int> lengths;
    for (int row = 0; row < rows(); ++row) lengths.push_back(row_start_[row + 1] - row_start_[row]);
    const std::vector<CoinBigIndex> starts(row_start_.begin(), row_start_.end());
    const CoinPackedMatrix matrix(
        false, columns(), rows(), static_cast<CoinBigIndex>(term_column_.size()),
        term_factor_.data(), term_column_.data(), starts.data(), lengths.data());
    const std::vector<double> lower(upper_.size(), 0.0);
    OsiClpSolverInterface solver;
    solver.messageHandler()->setLogLevel(0);
    solver.getModelPtr()->setLogLevel(0);
    solver.loadProblem(matrix, lower.data(), upper_.data(), cost_.data(), row_lower_.data(),
                       row_upper_.data());
    for (const int column : integers_) solver.setInteger(column);
    // CBC heeds its clock only from the relaxation on.
    const auto begin = std::chrono::steady_clock::now();
    solver.getModelPtr()->setMaximumWallSeconds(limits.seconds);
    solver.initialSolve();
    if (solver.isProvenPrimalInfeasible()) return {std::nullopt, kInfinity, true};
    if (!solver.isProvenOptimal()) return {};
    solver.getModelPtr()->setMaximumWallSeconds(-1);
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin;
    CbcModel model(solver);
    CbcSolverUsefulData data;
    CbcMain0(model, data);
    model.setLogLevel(0);
    if (limits.below) model.setCutoff(*limits.below);
    const std::vector<std::string> words = arguments(limits, limits.seconds - spent.count());
    std::vector<const char*> argv;
    for (const std::string& word : words) argv.push_back(word.c_str());
    CbcMain1(
        static_cast<int>(argv.size()), argv.data(), model, [](CbcModel*, int) { return 0; }, data);
    // Secondary status 0: search completed, 1: not even the relaxation has a solution.
    outcome.complete =
        model.status() == 0 && (model.secondaryStatus() == 0 || model.secondaryStatus() == 1);
    outcome.bound = model.getBestPossibleObjValue();
    if (model.bestSolution() != nullptr)
      outcome.values.emplace(model.bestSolution(), model.bestSolution() + columns());
  } catch (const std::exception&) {
    return {};  // nothing found, nothing proved
  } catch (const CoinError&) {
    return {};
  }
  return outcome;
}

}  // namespace mort::optimal
