# Samples dynamic.stan on dynamic_data.json and writes dynamic_stan.json.
#
#   Rscript benchmarks/crosscheck/dynamic.R [draws] [result]
#
# From the root of the repository; needs rstan and jsonlite (Debian: r-cran-rstan, r-cran-jsonlite).
suppressPackageStartupMessages({
  library(rstan)
  library(jsonlite)
})

# Debian's r-cran-bh holds no headers: they are the system's
if (system.file("include", package = "BH") == "") rstan_options(boost_lib = "/usr/include")

given <- commandArgs(trailingOnly = TRUE)
here <- "benchmarks/crosscheck"
file <- function(name) file.path(here, name)
draws <- if (length(given) > 0) as.integer(given[1]) else 10000L
result <- if (length(given) > 1) given[2] else file("dynamic_stan.json")
chains <- 4L
warmup <- 1000L
adapt_delta <- 0.95
seed <- 20260101L

sha256 <- function(path) sub(" .*", "", system2("sha256sum", path, stdout = TRUE))
flat <- function(x) as.vector(t(x)) # (dyad, period) to one vector, period t of dyad d at (d - 1) * T + t

stan_data <- function(data, case) {
  size <- dim(data$weight)
  list(
    D = size[1], T = size[2], K = length(data$half_lives), C = length(data$categories), E = data$eras,
    honor_denied = data$memory[1, , ], honor_granted = data$memory[2, , ],
    authority_denied = data$memory[3, , ], authority_granted = data$memory[4, , ],
    threat_posed = data$threat[1, , ], threat_relieved = data$threat[2, , ],
    own_history = flat(case$history[1, , ]), other_history = flat(case$history[2, , ]),
    era_of = rep(data$era + 1L, size[1]), dyad_of = rep(seq_len(size[1]), each = size[2]),
    level = flat(case$level), extra = flat(case$extra), observed = flat(data$weight), free = case$free
  )
}

# quantities that the data inform under a hypothesis
wanted <- function(free, name) {
  held <- c(sprintf("effect[%d]", which(free == 0)), sprintf("effect_spread[%d]", which(free[1:3] == 0)))
  held <- c(held, unlist(lapply(which(free[1:3] == 0), function(j) sprintf("dyad_effect[%d,%d]", j, 1:2))))
  if (free[9] == 0) held <- c(held, "gate_location", "gate_slope")
  setdiff(name, held)
}

# mean and sd with Monte Carlo standard errors; that of the sd by the delta method from (x - mean)^2
summaries <- function(x) {
  centred <- sweep(x, 3, apply(x, 3, mean))
  first <- monitor(x, warmup = 0, print = FALSE)
  second <- monitor(centred^2, warmup = 0, print = FALSE)
  out <- lapply(seq_len(dim(x)[3]), function(i) {
    list(
      mean = first$mean[i], sd = first$sd[i], mcse = first$se_mean[i], mcse_sd = second$se_mean[i] / (2 * first$sd[i]),
      ess = (first$sd[i] / first$se_mean[i])^2, ess_sd = (second$sd[i] / second$se_mean[i])^2,
      ess_bulk = first$Bulk_ESS[i], ess_tail = first$Tail_ESS[i], rhat = first$Rhat[i]
    )
  })
  setNames(out, dimnames(x)[[3]])
}

report <- c(
  "effect", "effect_spread", "dyad_effect", "honor_memory", "authority_memory", "threat_memory", "threat_weight",
  "gate_location", "gate_slope", "history", "base", "base_spread", "era", "era_spread", "sigma", "rho", "cutpoint",
  "act_intercept", "act_slope", "act_rise", "act_dispersion", "estimand"
)
data <- fromJSON(file("dynamic_data.json"))
began <- proc.time()[["elapsed"]]
program <- stan_model(file("dynamic.stan"))
compiled <- proc.time()[["elapsed"]] - began
hypotheses <- lapply(names(data$hypotheses), function(name) {
  case <- data$hypotheses[[name]]
  began <- proc.time()[["elapsed"]]
  fit <- sampling(program,
    data = stan_data(data, case), pars = report, include = TRUE, chains = chains, cores = 2, seed = seed,
    iter = warmup + draws, warmup = warmup, control = list(adapt_delta = adapt_delta), refresh = 1000
  )
  seconds <- proc.time()[["elapsed"]] - began
  x <- as.array(fit)
  x <- x[, , wanted(case$free, setdiff(dimnames(x)[[3]], "lp__")), drop = FALSE]
  list(
    seconds = seconds, divergences = get_num_divergent(fit), max_treedepth = get_num_max_treedepth(fit),
    quantities = summaries(x)
  )
})
names(hypotheses) <- names(data$hypotheses)
write_json(list(
  versions = list(rstan = as.character(packageVersion("rstan")), R = paste(R.version$major, R.version$minor, sep = ".")),
  seed = seed, date = format(Sys.Date()), chains = chains, draws = draws, warmup = warmup, adapt_delta = adapt_delta,
  compile_seconds = compiled, data_sha256 = sha256(file("dynamic_data.json")),
  program_sha256 = sha256(file("dynamic.stan")), hypotheses = hypotheses
), result, auto_unbox = TRUE, digits = NA, pretty = 1)
