# Samples dynamic.stan.
#
#   Rscript benchmarks/crosscheck/dynamic.R [draws] [result] [data]
#     agreement: every hypothesis of dynamic_data.json, summarised in dynamic_stan.json
#   Rscript benchmarks/crosscheck/dynamic.R time DATA.json RESULT.json [hypothesis]
#     timing: one hypothesis of a file of the same form (its first, unless named), 1000 draws after 1000 with Stan's defaults
#
# From the root of the repository; needs rstan and jsonlite (Debian: r-cran-rstan, r-cran-jsonlite). Runs two chains at a time
# unless the environment variable MC_CORES says otherwise.
suppressPackageStartupMessages({
  library(rstan)
  library(jsonlite)
})

# Debian's r-cran-bh holds no headers: they are the system's
if (system.file("include", package = "BH") == "") rstan_options(boost_lib = "/usr/include")

here <- function(name) file.path("benchmarks/crosscheck", name)
program_file <- here("dynamic.stan")
chains <- 4L
warmup <- 1000L
seed <- 20260101L
cores <- as.integer(Sys.getenv("MC_CORES", "2"))

sha256 <- function(path) sub(" .*", "", system2("sha256sum", shQuote(path), stdout = TRUE))
elapsed <- function() proc.time()[["elapsed"]]
flat <- function(x) as.vector(t(x)) # (dyad, period) to one vector, period t of dyad d at (d - 1) * T + t
sheet <- function(x, i) array(x[i, , ], dim(x)[2:3]) # x[i, , ], a matrix even with one row

# which levels of the hierarchy there are
levels_of <- function(dyads, rivalries, eras) {
  list(
    dyad_level = as.integer(dyads > 1), rivalry_level = as.integer(1 < rivalries && rivalries < dyads),
    era_level = as.integer(eras > 1), correlated = as.integer(dyads >= 10)
  )
}

stan_data <- function(data, case) {
  size <- dim(data$weight)
  c(
    list(
      D = size[1], T = size[2], K = length(data$half_lives), C = length(data$categories), E = data$eras,
      R = length(data$rivalries), rivalry_of = as.array(data$rivalry_of + 1L),
      honor_denied = sheet(data$memory, 1), honor_granted = sheet(data$memory, 2),
      authority_denied = sheet(data$memory, 3), authority_granted = sheet(data$memory, 4),
      threat_posed = sheet(data$threat, 1), threat_relieved = sheet(data$threat, 2),
      own_history = flat(sheet(case$history, 1)), other_history = flat(sheet(case$history, 2)),
      era_of = rep(data$era + 1L, size[1]), dyad_of = rep(seq_len(size[1]), each = size[2]),
      level = flat(case$level), extra = flat(case$extra), observed = flat(data$weight), free = case$free
    ),
    levels_of(size[1], length(data$rivalries), data$eras)
  )
}

# quantities to report, given the sizes
reported <- function(x) {
  pooled <- x$C > 1 && x$K > 1
  c(
    "effect", if (x$dyad_level) c("effect_spread", "dyad_effect", "base", "base_spread"),
    if (x$rivalry_level) c("rivalry_base_spread", "rivalry_effect_spread"),
    if (x$era_level) c("era", "era_spread", "era_effect", "era_effect_spread"),
    if (x$correlated) "correlation",
    if (x$K > 1) c("honor_memory", "authority_memory", "threat_memory"), if (pooled) "threat_memory_spread",
    if (x$C > 1) "threat_weight",
    "gate_location", "gate_slope", "history", "sigma", "rho", "cutpoint",
    "act_intercept", "act_slope", "act_rise", "act_dispersion", "estimand"
  )
}
# switched off by their size in Stan, hence arrays there
scalars <- c("base_spread", "rivalry_base_spread", "era_spread", "threat_memory_spread")
positive <- c(
  scalars, "effect_spread", "rivalry_effect_spread", "era_effect_spread", "sigma", "act_dispersion", "act_slope", "gate_slope"
)
# sampled parameters other than the path and the offsets
structural <- function(x) {
  pooled <- x$C > 1 && x$K > 1
  c(
    "effect_all", if (x$dyad_level) c("effect_spread", "base_spread"),
    if (x$rivalry_level) c("rivalry_base_spread", "rivalry_effect_spread"),
    if (x$era_level) c("era_spread", "era_effect_spread"),
    if (x$correlated) "correlation_factor",
    if (x$K > 1) c("honor_memory_logit", "authority_memory_logit", "threat_memory_logit"),
    if (pooled) "threat_memory_spread", if (x$C > 1) "threat_weight_logit",
    "gate_location", "gate_slope_log", "history", "sigma", "rho", "cut_first", "cut_gap_log",
    "act_intercept", "act_slope", "act_rise", "act_dispersion_log"
  )
}

stem <- function(name) sub("\\[.*", "", name)
indices <- function(name) as.integer(strsplit(sub(".*\\[(.*)\\]", "\\1", name), ",")[[1]])

# quantities that the data inform under a hypothesis
wanted <- function(free, names) {
  on <- free > 0
  honor <- c(1, 7, 9, 10) # terms with honor denied in them, and so on
  authority <- c(2, 8)
  threat <- c(3, 7:10)
  informed <- function(name) {
    what <- stem(name)
    at <- if (what == name) NULL else indices(name)
    switch(what,
      effect = , effect_spread = , rivalry_effect_spread = , era_effect_spread = , dyad_effect = , era_effect = on[at[1]],
      correlation = at[1] > at[2] && all(c(TRUE, on[1:3])[at]),
      honor_memory = any(on[c(honor, 4)]),
      authority_memory = any(on[c(authority, 5)]),
      threat_memory = , threat_memory_spread = , threat_weight = any(on[c(threat, 6)]),
      gate_location = any(on[9:10]),
      gate_slope = on[9],
      estimand = any(on[honor]),
      TRUE
    )
  }
  Filter(informed, names)
}

# mean and sd with Monte Carlo standard errors; that of the sd by the delta method from (x - mean)^2
moments <- function(x) {
  centred <- sweep(x, 3, apply(x, 3, mean))
  first <- monitor(x, warmup = 0, print = FALSE)
  second <- monitor(centred^2, warmup = 0, print = FALSE)
  data.frame(
    mean = first$mean, sd = first$sd, mcse = first$se_mean, mcse_sd = second$se_mean / (2 * first$sd),
    ess = (first$sd / first$se_mean)^2, ess_sd = (second$sd / second$se_mean)^2, rhat = first$Rhat,
    row.names = dimnames(x)[[3]]
  )
}

# one list a quantity; positive ones also on the log scale, where their tails are light enough to judge a spread
summaries <- function(x) {
  plain <- moments(x)
  logged <- moments(log(x[, , stem(dimnames(x)[[3]]) %in% positive, drop = FALSE]))[c("mean", "sd", "mcse", "mcse_sd")]
  names(logged) <- paste0("log_", names(logged))
  out <- lapply(rownames(plain), function(q) c(as.list(plain[q, ]), if (q %in% rownames(logged)) as.list(logged[q, ])))
  setNames(out, rownames(plain))
}

# draws (iteration, chain, quantity) under the names of the quantities, without the log density
draws_of <- function(fit) {
  x <- as.array(fit)
  names <- dimnames(x)[[3]]
  scalar <- stem(names) %in% scalars
  names[scalar] <- stem(names[scalar])
  dimnames(x)[[3]] <- names
  x[, , names != "lp__", drop = FALSE]
}

run <- function(program, given, pars, draws, adapt_delta, warmup) {
  began <- elapsed()
  fit <- sampling(program,
    data = given, pars = pars, include = TRUE, chains = chains, cores = cores, seed = seed,
    iter = warmup + draws, warmup = warmup, control = list(adapt_delta = adapt_delta), refresh = 1000
  )
  list(fit = fit, facts = list(
    seconds = elapsed() - began, divergences = get_num_divergent(fit), max_treedepth = get_num_max_treedepth(fit)
  ))
}

compile <- function() {
  began <- elapsed()
  program <- stan_model(program_file)
  list(program = program, seconds = elapsed() - began)
}

header <- function(data, compiled, draws, adapt_delta, warmup) {
  list(
    versions = list(rstan = as.character(packageVersion("rstan")), R = paste(R.version$major, R.version$minor, sep = ".")),
    seed = seed, date = format(Sys.Date()), chains = chains, draws = draws, warmup = warmup, adapt_delta = adapt_delta,
    cores = cores, compile_seconds = compiled$seconds, data_sha256 = sha256(data), program_sha256 = sha256(program_file)
  )
}

# seven significant digits, one line a quantity
write_result <- function(x, path) {
  text <- as.character(toJSON(x, auto_unbox = TRUE, digits = I(7)))
  writeLines(gsub("},", "},\n", text, fixed = TRUE), path)
}

agreement <- function(draws, result, path) {
  data <- fromJSON(path)
  compiled <- compile()
  adapt_delta <- 0.95
  hypotheses <- lapply(data$hypotheses, function(case) {
    given <- stan_data(data, case)
    sampled <- run(compiled$program, given, reported(given), draws, adapt_delta, warmup)
    x <- draws_of(sampled$fit)
    c(sampled$facts, list(quantities = summaries(x[, , wanted(case$free, dimnames(x)[[3]]), drop = FALSE])))
  })
  write_result(c(header(path, compiled, draws, adapt_delta, warmup), list(hypotheses = hypotheses)), result)
}

timing <- function(path, result, name, draws, warmup) {
  data <- fromJSON(path)
  if (is.na(name)) name <- names(data$hypotheses)[1]
  case <- data$hypotheses[[name]]
  if (is.null(case)) stop("no hypothesis ", name, " in ", path)
  given <- stan_data(data, case)
  adapt_delta <- 0.8
  compiled <- compile()
  sampled <- run(compiled$program, given, structural(given), draws, adapt_delta, warmup)
  x <- draws_of(sampled$fit)
  spent <- get_elapsed_time(sampled$fit) # of the processor, chain by chain
  steps <- sum(sapply(get_sampler_params(sampled$fit, inc_warmup = TRUE), function(s) sum(s[, "n_leapfrog__"])))
  bulk <- apply(x, 3, function(q) if (diff(range(q)) > 0) ess_bulk(q) else NA) # NA: constants of the Cholesky factor
  bulk <- bulk[!is.na(bulk)]
  write_result(c(
    header(path, compiled, draws, adapt_delta, warmup), list(hypothesis = name), sampled$facts,
    list(
      dyads = given$D, periods = given$T, modelled = sum(given$observed),
      parameters = get_num_upars(sampled$fit), leapfrog_steps = steps,
      cpu_seconds_warmup = unname(spent[, "warmup"]), cpu_seconds_sampling = unname(spent[, "sample"]),
      smallest_ess_bulk = min(bulk), smallest_ess_bulk_of = names(bulk)[which.min(bulk)],
      ess_bulk = as.list(bulk)
    )
  ), result)
}

arguments <- commandArgs(trailingOnly = TRUE)
argument <- function(i, default) if (length(arguments) >= i) arguments[i] else default
if (argument(1, "") == "time") {
  if (length(arguments) < 3) stop("usage: dynamic.R time DATA.json RESULT.json [hypothesis [draws [warmup]]]")
  timing(arguments[2], arguments[3], argument(4, NA), as.integer(argument(5, "1000")), as.integer(argument(6, "1000")))
} else {
  agreement(as.integer(argument(1, "10000")), argument(2, here("dynamic_stan.json")), argument(3, here("dynamic_data.json")))
}
