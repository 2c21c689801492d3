// The dynamic model, written by hand from its equations (docs/model.md, the docstring of statusmodels/models/assembly.py)
// and the table of priors (statusmodels/models/priors.py), which are repeated here as numbers on purpose.
//
// Dyad-periods are one vector: period t of dyad d is entry (d - 1) * T + t. Only the observed ones are worked on; of dyad d and
// era e they form the cell (e - 1) * D + d, within which intercept and coefficients are constant. Array declarations are the
// old ones (Stan before 2.33), which Debian's rstan 2.21 reads. A level of the hierarchy that is switched off has parameters of
// size zero.
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
  // number of observed dyad-periods with acts
  int number_with_acts(int[] level, int[] observed) {
    int count = 0;
    for (n in 1:size(level)) count += observed[n] && level[n] > 0;
    return count;
  }
  // deviations of the intercept and of the three coefficients (rows): diag(spread) * factor * offset
  matrix deviations(real base_spread, vector effect_spread, matrix factor, matrix offset) {
    return diag_pre_multiply(append_row(base_spread, effect_spread), factor) * offset;
  }
  // what honor denied h and injury i do to the risk at authority denied a, with the coefficients own of h and i
  real contribution(real h, real i, real a, real own_h, real own_i, vector effect, real location, real slope) {
    return h * (own_h + effect[7] * i + effect[9] * inv_logit(slope * (i - location)) + effect[10] * fmax(0, i - location))
           + i * (own_i + effect[8] * a);
  }
}
data {
  int<lower=1> D;                       // dyads
  int<lower=2> T;                       // periods
  int<lower=1> K;                       // half-lives
  int<lower=1> C;                       // threat categories
  int<lower=1> E;                       // eras
  int<lower=1> R;                       // rivalries
  int<lower=0, upper=1> dyad_level;     // do dyads deviate? (where D > 1)
  int<lower=0, upper=1> rivalry_level;  // do rivalries? (where 1 < R < D)
  int<lower=0, upper=1> era_level;      // do eras? (where E > 1)
  int<lower=0, upper=1> correlated;     // are a dyad's deviations correlated? (where D >= 10)
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
  int<lower=1, upper=R> rivalry_of[D];
  int<lower=0, upper=5> level[D * T];
  int<lower=0> extra[D * T];            // acts beyond the first
  int<lower=0, upper=1> observed[D * T];
  vector<lower=0, upper=1>[10] free;    // the hypothesis
}
transformed data {
  int M = sum(observed);
  int A = number_with_acts(level, observed);
  int P = 2 * K + C * K + 2;
  int modelled[M];
  int cell[M];
  int category[M];
  int with_acts[A];                     // their place among the observed
  int further[A];
  vector[A] above;                      // levels above the first
  matrix[M, K] honor_columns;
  matrix[M, K] authority_columns;
  matrix[M, C * K] threat_columns;
  matrix[M, P] other_columns;           // granted, relieved, history: linear once the weights are given
  {
    int m = 0;
    int a = 0;
    for (n in 1:(D * T)) {
      if (observed[n]) {
        m += 1;
        modelled[m] = n;
        cell[m] = (era_of[n] - 1) * D + dyad_of[n];
        category[m] = level[n] + 1;
        if (level[n] > 0) {
          a += 1;
          with_acts[a] = m;
          further[a] = extra[n];
          above[a] = level[n] - 1;
        }
      }
    }
  }
  honor_columns = honor_denied[, modelled]';
  authority_columns = authority_denied[, modelled]';
  threat_columns = threat_posed[, modelled]';
  other_columns[, 1:K] = honor_granted[, modelled]';
  other_columns[, (K + 1):(2 * K)] = authority_granted[, modelled]';
  other_columns[, (2 * K + 1):(P - 2)] = threat_relieved[, modelled]';
  other_columns[, P - 1] = own_history[modelled];
  other_columns[, P] = other_history[modelled];
}
parameters {
  vector[10] effect_all;
  real<lower=0> base_spread[dyad_level];
  vector<lower=0>[3 * dyad_level] effect_spread;
  matrix[4, D * dyad_level] dyad_offset;
  real<lower=0> rivalry_base_spread[rivalry_level];
  vector<lower=0>[3 * rivalry_level] rivalry_effect_spread;
  matrix[4, R * rivalry_level] rivalry_offset;
  real<lower=0> era_spread[era_level];
  vector<lower=0>[3 * era_level] era_effect_spread;
  matrix[4, E * era_level] era_offset;
  cholesky_factor_corr[4] correlation_factor[correlated];
  vector[K > 1 ? K : 0] honor_memory_logit;
  vector[K > 1 ? K : 0] authority_memory_logit;
  vector[K > 1 ? K : 0] threat_memory_logit;
  real<lower=0> threat_memory_spread[C > 1 && K > 1];
  matrix[K, C > 1 && K > 1 ? C : 0] threat_memory_offset;
  vector[C > 1 ? C : 0] threat_weight_logit;
  real gate_location;
  real gate_slope_log;
  vector[2] history;
  real<lower=0> sigma;
  real<lower=0, upper=1> rho;
  real cut_first;
  vector[4] cut_gap_log;
  real act_intercept;
  real<lower=0> act_slope;
  real act_rise;
  real act_dispersion_log;
  vector[D * T] z;
}
transformed parameters {
  vector[10] effect = effect_all .* free;
  vector[D] base = rep_vector(0, D);
  vector[E] era = rep_vector(0, E);
  matrix[3, D] dyad_effect = rep_matrix(effect[1:3], D);
  matrix[3, E] era_effect = rep_matrix(0, 3, E);
  vector[K] honor_memory = rep_vector(1, K);
  vector[K] authority_memory = rep_vector(1, K);
  matrix[C, K] threat_memory = rep_matrix(1, C, K);
  vector[C] threat_weight = rep_vector(1, C);
  real gate_slope = exp(gate_slope_log);
  real act_dispersion = exp(act_dispersion_log);
  vector[5] cutpoint;
  vector[D * E] coefficient[3];         // of honor denied, authority denied and threat in each cell
  vector[M] honor;
  vector[M] authority;
  vector[M] injury;
  vector[M] theta;

  if (dyad_level) {
    matrix[4, 4] factor = diag_matrix(rep_vector(1, 4));
    matrix[4, D] deviation;
    if (correlated) factor = correlation_factor[1];
    deviation = deviations(base_spread[1], effect_spread, factor, dyad_offset);
    if (rivalry_level)
      deviation += diag_pre_multiply(append_row(rivalry_base_spread[1], rivalry_effect_spread), rivalry_offset)[, rivalry_of];
    base = (deviation[1] - mean(deviation[1]))';
    dyad_effect += diag_pre_multiply(free[1:3], deviation[2:4]);
  }
  if (era_level) {
    matrix[4, E] deviation = diag_pre_multiply(append_row(era_spread[1], era_effect_spread), era_offset);
    era = (deviation[1] - mean(deviation[1]))';
    era_effect = diag_pre_multiply(free[1:3], deviation[2:4]);
  }
  for (j in 1:3) coefficient[j] = to_vector(rep_matrix(dyad_effect[j]', E) + rep_matrix(era_effect[j], D));

  if (K > 1) {
    honor_memory = softmax(honor_memory_logit);
    authority_memory = softmax(authority_memory_logit);
    for (c in 1:C) {
      threat_memory[c]
        = softmax(C > 1 ? threat_memory_logit + threat_memory_spread[1] * col(threat_memory_offset, c) : threat_memory_logit)';
    }
  }
  if (C > 1) threat_weight = softmax(threat_weight_logit);

  {
    real scale = logistic_normal_widening(sigma);
    real at = cut_first;
    cutpoint[1] = scale * at;
    for (k in 2:5) {
      at += exp(cut_gap_log[k - 1]);
      cutpoint[k] = scale * at;
    }
  }

  honor = honor_columns * honor_memory;
  authority = authority_columns * authority_memory;
  {
    vector[C * K] mix = to_vector(diag_pre_multiply(C * threat_weight, threat_memory)');  // the weights average 1
    vector[P] slope = append_row(append_row(effect[4] * honor_memory, effect[5] * authority_memory),
                                 append_row(effect[6] * mix, history));
    vector[D * E] intercept = to_vector(rep_matrix(base, E) + rep_matrix(era', D));
    vector[M] on_honor = coefficient[1][cell];
    vector[M] on_injury = coefficient[3][cell];
    vector[D * T] u = z * (sigma * sqrt(1 - square(rho)));
    for (d in 1:D) {
      int first = (d - 1) * T + 1;
      u[first] = sigma * z[first];
      for (n in (first + 1):(d * T)) u[n] = fma(rho, u[n - 1], u[n]);
    }
    injury = threat_columns * mix;
    if (free[7] > 0) on_honor += effect[7] * injury;
    if (free[8] > 0) on_injury += effect[8] * authority;
    if (free[9] > 0) on_honor += effect[9] * inv_logit(gate_slope * (injury - gate_location));
    if (free[10] > 0) {
      for (m in 1:M) if (injury[m] > gate_location) on_honor[m] += effect[10] * (injury[m] - gate_location);
    }
    theta = intercept[cell] + other_columns * slope + u[modelled] + coefficient[2][cell] .* authority
            + on_honor .* honor + on_injury .* injury;
  }
}
model {
  effect_all ~ normal(0, 0.35);
  base_spread ~ normal(0, 0.5);
  effect_spread ~ normal(0, 0.25);
  to_vector(dyad_offset) ~ std_normal();
  rivalry_base_spread ~ normal(0, 0.5);
  rivalry_effect_spread ~ normal(0, 0.25);
  to_vector(rivalry_offset) ~ std_normal();
  era_spread ~ normal(0, 0.5);
  era_effect_spread ~ normal(0, 0.15);
  to_vector(era_offset) ~ std_normal();
  if (correlated) correlation_factor[1] ~ lkj_corr_cholesky(2);
  honor_memory_logit ~ std_normal();
  authority_memory_logit ~ std_normal();
  threat_memory_logit ~ std_normal();
  threat_memory_spread ~ normal(0, 0.5);
  to_vector(threat_memory_offset) ~ std_normal();
  threat_weight_logit ~ normal(0, 0.7);
  gate_location ~ normal(0.5, 0.75);
  gate_slope_log ~ normal(1, 0.5);
  history ~ normal(0, 0.5);
  sigma ~ normal(0, 0.5);
  rho ~ beta(4, 2);
  cut_first ~ normal(1.5, 1.5);
  cut_gap_log ~ normal(-0.3, 0.75);
  act_intercept ~ normal(-1, 0.75);
  act_slope ~ normal(0, 0.25);
  act_rise ~ normal(0, 0.25);
  act_dispersion_log ~ normal(0.5, 0.75);
  z ~ std_normal();

  category ~ ordered_logistic(theta, cutpoint);
  further ~ neg_binomial_2_log(act_intercept + act_slope * theta[with_acts] + act_rise * above, act_dispersion);
}
generated quantities {
  matrix[4 * correlated, 4 * correlated] correlation;
  // effect of honor denied on the probability of level 3 or more: E[1] at low injury, E[2] at high injury
  vector[2] estimand;
  if (correlated) correlation = multiply_lower_tri_self_transpose(correlation_factor[1]);
  {
    vector[M] h = sort_asc(honor);
    vector[M] i = sort_asc(injury);
    vector[M] rest;                     // the risk without what honor denied and injury do
    real share[2] = {0.1, 0.9};
    for (m in 1:M) {
      rest[m] = theta[m] - contribution(honor[m], injury[m], authority[m], coefficient[1][cell[m]], coefficient[3][cell[m]],
                                        effect, gate_location, gate_slope);
    }
    for (b in 1:2) {
      real at_i = percentile(i, share[b]);
      real p[2];
      for (a in 1:2) {
        real at_h = percentile(h, share[a]);
        vector[M] risk;
        for (m in 1:M) {
          risk[m] = rest[m] + contribution(at_h, at_i, authority[m], coefficient[1][cell[m]], coefficient[3][cell[m]],
                                           effect, gate_location, gate_slope);
        }
        p[a] = mean(inv_logit(risk - cutpoint[3]));
      }
      estimand[b] = p[2] - p[1];
    }
  }
}
