// The dynamic model, written by hand from its equations (docs/model.md, the docstring of statusmodels/models/assembly.py)
// and the table of priors (statusmodels/models/priors.py), which are repeated here as numbers on purpose.
//
// Dyad-periods are one vector: period t of dyad d is entry (d - 1) * T + t. Array declarations are the old ones
// (Stan before 2.33), which Debian's rstan 2.21 reads.
functions {
  // linear interpolation between order statistics
  real percentile(vector ascending, real share) {
    real at = 1 + share * (rows(ascending) - 1);
    int below = 1;
    while (below + 1 < rows(ascending) && below + 1 <= at) below += 1;
    return ascending[below] + (at - below) * (ascending[below + 1] - ascending[below]);
  }
  real logistic_normal_widening(real sigma) {
    return sqrt(1 + square(16 * sqrt(3) / (15 * pi()) * sigma));
  }
}
data {
  int<lower=1> D;                       // dyads
  int<lower=2> T;                       // periods
  int<lower=1> K;                       // half-lives
  int<lower=1> C;                       // threat categories
  int<lower=1> E;                       // eras
  matrix[K, D * T] honor_denied;        // faded signals, one row a half-life
  matrix[K, D * T] honor_granted;
  matrix[K, D * T] authority_denied;
  matrix[K, D * T] authority_granted;
  matrix[C * K, D * T] threat_posed;    // row (c - 1) * K + k
  matrix[C * K, D * T] threat_relieved;
  vector[D * T] own_history;
  vector[D * T] other_history;
  int<lower=1, upper=E> era_of[D * T];
  int<lower=1, upper=D> dyad_of[D * T];
  int<lower=0, upper=5> level[D * T];
  int<lower=0> extra[D * T];            // acts beyond the first
  int<lower=0, upper=1> observed[D * T];
  vector<lower=0, upper=1>[9] free;     // the hypothesis
}
transformed data {
  int M = sum(observed);
  int A = 0;
  int modelled[M];
  int with_acts[M];
  int category[M];
  {
    int m = 0;
    for (n in 1:(D * T)) {
      if (observed[n]) {
        m += 1;
        modelled[m] = n;
        category[m] = level[n] + 1;
        if (level[n] > 0) {
          A += 1;
          with_acts[A] = n;
        }
      }
    }
  }
}
parameters {
  vector[9] effect_all;
  vector<lower=0>[3] effect_spread;
  matrix[3, D] effect_offset;
  vector[K] honor_memory_logit;
  vector[K] authority_memory_logit;
  vector[K] threat_memory_logit;
  vector[C] threat_weight_logit;
  real gate_location;
  real gate_slope_log;
  vector[2] history;
  real<lower=0> base_spread;
  vector[D] base_offset;
  real<lower=0> era_spread;
  vector[E] era_offset;
  real<lower=0> sigma;
  real<lower=0, upper=1> rho;
  real cut_first;
  vector[4] cut_gap_log;
  real act_intercept;
  real<lower=0> act_slope;
  real act_rise;
  real act_dispersion_log;
  matrix[T, D] z;
}
transformed parameters {
  vector[9] effect = effect_all .* free;
  matrix[3, D] dyad_effect;
  simplex[K] honor_memory = softmax(honor_memory_logit);
  simplex[K] authority_memory = softmax(authority_memory_logit);
  simplex[K] threat_memory = softmax(threat_memory_logit);
  simplex[C] threat_weight = softmax(threat_weight_logit);
  real gate_slope = exp(gate_slope_log);
  real act_dispersion = exp(act_dispersion_log);
  vector[D] base = base_spread * (base_offset - mean(base_offset));
  vector[E] era = era_spread * (era_offset - mean(era_offset));
  ordered[5] cutpoint;
  vector[D * T] honor = honor_denied' * honor_memory;
  vector[D * T] authority = authority_denied' * authority_memory;
  vector[D * T] injury;
  vector[D * T] rest;                   // the risk without what honor denied and injury do
  vector[D * T] theta;
  for (j in 1:3) dyad_effect[j] = effect[j] + free[j] * effect_spread[j] * effect_offset[j];
  {
    vector[5] averaged;                 // cutpoints averaged over the path
    vector[C * K] mix;                  // the categories' weights average 1
    vector[D * T] relief;
    matrix[T, D] u;
    for (c in 1:C) for (k in 1:K) mix[(c - 1) * K + k] = C * threat_weight[c] * threat_memory[k];
    injury = threat_posed' * mix;
    relief = threat_relieved' * mix;
    averaged[1] = cut_first;
    for (k in 2:5) averaged[k] = averaged[k - 1] + exp(cut_gap_log[k - 1]);
    cutpoint = logistic_normal_widening(sigma) * averaged;
    u[1] = sigma * z[1];
    for (t in 2:T) u[t] = rho * u[t - 1] + sigma * sqrt(1 - square(rho)) * z[t];
    rest = base[dyad_of] + era[era_of] + history[1] * own_history + history[2] * other_history
           + dyad_effect[2, dyad_of]' .* authority
           + effect[4] * (honor_granted' * honor_memory) + effect[5] * (authority_granted' * authority_memory)
           + effect[6] * relief + to_vector(u);
    theta = rest + dyad_effect[1, dyad_of]' .* honor + dyad_effect[3, dyad_of]' .* injury
            + effect[7] * honor .* injury + effect[8] * authority .* injury
            + effect[9] * honor .* inv_logit(gate_slope * (injury - gate_location));
  }
}
model {
  effect_all ~ normal(0, 0.5);
  effect_spread ~ normal(0, 0.25);
  to_vector(effect_offset) ~ normal(0, 1);
  honor_memory_logit ~ normal(0, 1);
  authority_memory_logit ~ normal(0, 1);
  threat_memory_logit ~ normal(0, 1);
  threat_weight_logit ~ normal(0, 0.7);
  gate_location ~ normal(0.5, 0.75);
  gate_slope_log ~ normal(1, 0.5);
  history ~ normal(0, 0.5);
  base_spread ~ normal(0, 0.5);
  base_offset ~ normal(0, 1);
  era_spread ~ normal(0, 0.5);
  era_offset ~ normal(0, 1);
  sigma ~ normal(0, 0.5);
  rho ~ beta(4, 2);
  cut_first ~ normal(1.5, 1.5);
  cut_gap_log ~ normal(-0.3, 0.75);
  act_intercept ~ normal(-1, 1);
  act_slope ~ normal(0, 0.5);
  act_rise ~ normal(0, 0.5);
  act_dispersion_log ~ normal(0.5, 1);
  to_vector(z) ~ normal(0, 1);

  category ~ ordered_logistic(theta[modelled], cutpoint);
  for (a in 1:A) {
    int n = with_acts[a];
    extra[n] ~ neg_binomial_2_log(act_intercept + act_slope * theta[n] + act_rise * (level[n] - 1), act_dispersion);
  }
}
generated quantities {
  // effect of honor denied on the probability of level 3 or more: E[1] at low injury, E[2] at high injury
  vector[2] estimand;
  {
    vector[M] h = sort_asc(honor[modelled]);
    vector[M] i = sort_asc(injury[modelled]);
    real share[2] = {0.1, 0.9};
    for (b in 1:2) {
      real at_i = percentile(i, share[b]);
      real p[2];
      for (a in 1:2) {
        real at_h = percentile(h, share[a]);
        vector[M] probability;
        for (m in 1:M) {
          int n = modelled[m];
          int d = dyad_of[n];
          probability[m] = inv_logit(
            rest[n] + dyad_effect[1, d] * at_h + dyad_effect[3, d] * at_i
            + effect[7] * at_h * at_i + effect[8] * authority[n] * at_i
            + effect[9] * at_h * inv_logit(gate_slope * (at_i - gate_location)) - cutpoint[3]);
        }
        p[a] = mean(probability);
      }
      estimand[b] = p[2] - p[1];
    }
  }
}
