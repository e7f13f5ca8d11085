#pragma once

#include <Eigen/Core>
#include <functional>
#include <string>
#include <vector>

namespace strata {

/// What is known of a parameter before the fit: its stated value and its 5th and 95th percentiles,
/// all above zero. In the logarithm that is a normal on each side of the value.
struct Prior {
  std::string id;
  double value = 0, low = 0, high = 0;
};

/// One number that was seen, in the unit in which it is predicted.
struct Observation {
  std::string id;
  double value = 0;
  double sigma = 0;  ///< standard error of its logarithm, the model's own error included
};

/// Predictions of every observation, a column for each column of parameters. Asked for many at
/// once, so that whoever simulates can do it in parallel. Not a number where it cannot predict.
using Predict = std::function<Eigen::MatrixXd(const Eigen::MatrixXd& parameters)>;

/// A parameter after the fit.
struct Fitted {
  Prior prior;
  double value = 0, low = 0, high = 0;  ///< as in the prior: 5th and 95th percentiles
  /// Share of the prior's variance that the data took away. Below kIdentified the parameter is not
  /// identified: it stands at its prior.
  double learned = 0;
  /// How far the data moved it, in standard deviations of its stated range. Beyond 3 the range and
  /// the data contradict each other.
  double pull = 0;
  std::vector<std::string> records;  ///< that bear on it, most telling first
};

/// An observation after the fit.
struct Residual {
  Observation observation;
  double predicted = 0;
  double sigmas = 0;  ///< (log observed - log predicted) / sigma
  double weight = 1;  ///< Huber's: below 1 it counted for less than its sigma says
};

struct Fit {
  std::vector<Fitted> parameters;       ///< in the order of the priors
  std::vector<Residual> residuals;      ///< in the order of the observations
  std::vector<std::string> identified;  ///< ids in the order of the covariance
  Eigen::MatrixXd covariance;           ///< of the logarithms of the identified parameters
  bool linear = false;  ///< predictions were linear in the parameters: started by NNLS
};

/// How hard to look. Closed forms are smooth and cheap; simulated predictions jump a little where
/// events change their order, and cost seconds.
struct Effort {
  double step = 1e-3;       ///< of a logarithm, in difference quotients
  double tolerance = 1e-9;  ///< relative, at which a descent ends
  int evaluations = 40;     ///< of one descent, slopes apart
  int reweightings = 30;
};
inline constexpr Effort kSimulated{0.04, 1e-3, 6, 5};

inline constexpr double kIdentified = 0.1;

/// Robust weighted least squares over the logarithms of the parameters: the observations and the
/// priors are rows, both under Huber's loss (k = 1.345, iteratively reweighted), since a stated
/// range may be as wrong as an observation; Levenberg-Marquardt (Eigen's, after MINPACK) inside.
/// Where predictions are linear in the parameters, non-negative least squares gives the start.
/// Intervals are the Gaussian ones at the optimum.
///
/// Throws std::domain_error when the prediction at the priors is not a positive number, naming the
/// observation.
Fit fit(const std::vector<Prior>& priors, const std::vector<Observation>& observations,
        const Predict& predict, const Effort& effort = {});

/// Residuals and pulls in words, the worst first: which stated numbers the data contradict and
/// which observations the model cannot give.
std::vector<std::string> contradictions(const Fit& fit);

}  // namespace strata
