# Samples the static hierarchical ordinal interaction model with brms on static_data.json and writes static_brms.json.
#
#   Rscript benchmarks/crosscheck/static.R agree [S,M] [draws] [result]   long runs, for agreement; one core
#   Rscript benchmarks/crosscheck/static.R time  [S,M] [draws] [result]   timed runs, on a quiet machine; two cores
#
# From the root of the repository; needs brms, rstan and jsonlite (Debian: r-cran-brms, r-cran-rstan, r-cran-jsonlite). A result
# that is already there keeps what the step does not replace, if it is of the same data.
suppressPackageStartupMessages({
  library(brms)
  library(rstan)
  library(jsonlite)
})

# Debian's r-cran-bh holds no headers: they are the system's
if (system.file("include", package = "BH") == "") rstan_options(boost_lib = "/usr/include")

given <- commandArgs(trailingOnly = TRUE)
here <- "benchmarks/crosscheck"
file <- function(name) file.path(here, name)
step <- match.arg(given[1], c("agree", "time"))
sizes <- if (length(given) > 1) strsplit(given[2], ",")[[1]] else c("S", "M")
draws <- if (step == "time") c(S = 1000L, M = 1000L) else c(S = 10000L, M = 3000L)
if (length(given) > 2) draws[] <- as.integer(given[3])
result <- if (length(given) > 3) given[4] else file("static_brms.json")
chains <- 4L
warmup <- if (length(given) > 2) min(1000L, draws[[1]]) else 1000L
adapt_delta <- if (step == "time") 0.8 else 0.95 # 0.8 is the default of Stan
cores <- if (step == "time") 2L else 1L
seed <- if (step == "time") 20260104L else 20260103L
detailed <- 3L # dyads whose own quantities are kept where there are many
terms <- c(h = "honor_denied", a = "authority_denied", i = "threat", hi = "honor_x_threat", ai = "authority_x_threat")
varying <- terms[1:3]

sha256 <- function(path) sub(" .*", "", system2("sha256sum", path, stdout = TRUE))
sha256_of_text <- function(text) {
  path <- tempfile()
  writeLines(text, path)
  sha256(path)
}
flat <- function(x) as.vector(t(x)) # (dyad, period) to one vector, period t of dyad d at (d - 1) * T + t
elapsed <- function() proc.time()[["elapsed"]]

frame <- function(size) {
  out <- data.frame(
    level = flat(size$level) + 1L, # brms counts categories from 1
    h = flat(size$honor_denied), a = flat(size$authority_denied), i = flat(size$threat),
    own = flat(size$own), other = flat(size$other),
    dyad = rep(seq_len(size$dyads), each = size$periods), era = rep(size$era + 1L, size$dyads)
  )
  out$hi <- out$h * out$i
  out$ai <- out$a * out$i
  out
}

# correlated coefficients of a dyad from 10 dyads on
correlated <- function(size) size$dyads >= 10
model <- function(size) {
  by_dyad <- if (correlated(size)) "(1 + h + a + i | dyad)" else "(1 + h + a + i || dyad)"
  bf(as.formula(paste("level ~ h + a + i + hi + ai + own + other +", by_dyad, "+ (1 + h + a + i || era)")), center = FALSE)
}

priors <- function(size) {
  spread <- function(group, base, effect) {
    c(
      prior_string(base, class = "sd", coef = "Intercept", group = group),
      do.call(c, lapply(names(varying), function(j) prior_string(effect, class = "sd", coef = j, group = group)))
    )
  }
  out <- c(
    do.call(c, lapply(names(terms), function(j) prior_string("normal(0, 0.35)", class = "b", coef = j))),
    prior_string("normal(0, 0.5)", class = "b", coef = "own"),
    prior_string("normal(0, 0.5)", class = "b", coef = "other"),
    prior_string("", class = "Intercept"), # flat: the thresholds have theirs from `thresholds`
    spread("dyad", "normal(0, 0.5)", "normal(0, 0.25)"),
    spread("era", "normal(0, 0.5)", "normal(0, 0.15)")
  )
  if (correlated(size)) c(out, prior_string("lkj(2)", class = "cor", group = "dyad")) else out
}

# The prior of statusmodels is on the first cutpoint at the mean base rate and era, which brms calls Intercept[1] less the means of
# its group-level intercepts. Written so, both posteriors are the same exactly. The same prior on Intercept[1] itself would widen
# that of the cutpoint to a variance of 1.5^2 + base_spread^2 / dyads + era_spread^2 / eras: a standard deviation of 1.52 in S at the
# posterior means of the spreads, of 1.51 in M at the true ones. By reweighting the draws of such a run of S it moves the mean of
# base_spread by 0.012 standard deviations, its standard deviation by 1 %, and no other mean by more than 0.005 standard deviations.
thresholds <- stanvar(block = "model", scode = "
  target += normal_lpdf(Intercept[1] - mean(r_1_1) - mean(r_2_1) | 1.5, 1.5);
  for (k in 2:nthres) target += lognormal_lpdf(Intercept[k] - Intercept[k - 1] | -0.3, 0.75);
")

# The draws (iteration, chain, quantity) under the names of statusmodels, which centres base rates over dyads and era offsets over
# eras where brms lets the thresholds take up their means.
quantities <- function(fit, size) {
  x <- as_draws_array(fit)
  of <- function(name) unclass(x)[, , name]
  mean_of <- function(group, n) Reduce(`+`, lapply(seq_len(n), function(g) of(sprintf("r_%s[%d,Intercept]", group, g)))) / n
  base <- mean_of("dyad", size$dyads)
  era <- mean_of("era", size$eras)
  shown <- seq_len(if (correlated(size)) detailed else size$dyads)
  out <- list()
  for (j in names(terms)) out[[sprintf("effect[%s]", terms[[j]])]] <- of(paste0("b_", j))
  for (side in c("own", "other")) out[[sprintf("history[%s]", side)]] <- of(paste0("b_", side))
  for (k in seq_along(size$truth$cutpoint)) out[[sprintf("cutpoint[%d]", k)]] <- of(sprintf("b_Intercept[%d]", k)) - base - era
  out$base_spread <- of("sd_dyad__Intercept")
  for (j in names(varying)) out[[sprintf("effect_spread[%s]", terms[[j]])]] <- of(paste0("sd_dyad__", j))
  out$era_spread <- of("sd_era__Intercept")
  for (j in names(varying)) out[[sprintf("era_effect_spread[%s]", terms[[j]])]] <- of(paste0("sd_era__", j))
  if (correlated(size)) {
    coefs <- c("Intercept", names(varying))
    for (q in 2:4) {
      for (p in seq_len(q - 1)) {
        out[[sprintf("correlation[%d,%d]", p - 1, q - 1)]] <- of(sprintf("cor_dyad__%s__%s", coefs[p], coefs[q]))
      }
    }
  }
  for (d in shown) out[[sprintf("base[%d]", d)]] <- of(sprintf("r_dyad[%d,Intercept]", d)) - base
  for (j in names(varying)) {
    for (d in shown) {
      out[[sprintf("dyad_effect[%s,%d]", terms[[j]], d)]] <- of(paste0("b_", j)) + of(sprintf("r_dyad[%d,%s]", d, j))
    }
  }
  for (e in seq_len(size$eras)) out[[sprintf("era[%d]", e)]] <- of(sprintf("r_era[%d,Intercept]", e)) - era
  for (j in names(varying)) {
    for (e in seq_len(size$eras)) out[[sprintf("era_effect[%s,%d]", terms[[j]], e)]] <- of(sprintf("r_era[%d,%s]", e, j))
  }
  array(unlist(out), c(dim(base), length(out)), list(NULL, NULL, names(out)))
}

positive <- function(name) grepl("spread", name)
structural <- function(name) grepl("^(effect|history|cutpoint|base_spread|era_spread|era_effect_spread|correlation)", name)

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

# the same, with those of the log of each positive quantity
with_logs <- function(x) {
  out <- summaries(x)
  spreads <- Filter(positive, names(out))
  logs <- summaries(log(x[, , spreads, drop = FALSE]))
  for (name in spreads) out[[name]]$log <- logs[[name]][c("mean", "sd", "mcse", "mcse_sd", "ess", "ess_sd")]
  out
}

run <- function(name, size) {
  formula <- model(size)
  began <- elapsed()
  program <- brm(formula, frame(size), cumulative("logit"),
    prior = priors(size), stanvars = thresholds, chains = 0, backend = "rstan", silent = 2
  )
  compiled <- elapsed() - began
  began <- elapsed()
  fit <- brm(
    fit = program, chains = chains, cores = cores, iter = warmup + draws[[name]], warmup = warmup, seed = seed,
    control = list(adapt_delta = adapt_delta), refresh = 1000
  )
  seconds <- elapsed() - began
  x <- quantities(fit, size)
  out <- list(
    chains = chains, draws = draws[[name]], warmup = warmup, adapt_delta = adapt_delta, cores = cores, seed = seed,
    compile_seconds = compiled, seconds = seconds,
    chain_seconds = unname(rowSums(get_elapsed_time(fit$fit))), # of processor time, by Stan's own clock
    divergences = get_num_divergent(fit$fit), max_treedepth = get_num_max_treedepth(fit$fit), date = format(Sys.Date()),
    program_sha256 = sha256_of_text(stancode(program)) # of the Stan program that brms wrote
  )
  if (step == "agree") return(c(out, list(quantities = with_logs(x))))
  bulk <- vapply(summaries(x[, , structural(dimnames(x)[[3]]), drop = FALSE]), function(s) s$ess_bulk, 0)
  worst <- which.min(bulk)
  c(out, list(
    ess = bulk[[worst]], ess_of = names(bulk)[worst],
    ess_per_second = bulk[[worst]] / seconds, ess_per_second_with_compilation = bulk[[worst]] / (seconds + compiled)
  ))
}

data_sha256 <- sha256(file("static_data.json"))
data <- fromJSON(file("static_data.json"))
kept <- if (file.exists(result)) fromJSON(result, simplifyVector = FALSE) else list(sizes = list())
if (!identical(kept$data_sha256, data_sha256)) kept <- list(sizes = list())
for (name in sizes) {
  kept$sizes[[name]]$formula <- paste(deparse(model(data$sizes[[name]])$formula, width.cutoff = 500), collapse = "")
  kept$sizes[[name]][[c(agree = "agreement", time = "timed")[[step]]]] <- run(name, data$sizes[[name]])
  write_json(list(
    versions = list(
      brms = as.character(packageVersion("brms")), rstan = as.character(packageVersion("rstan")),
      R = paste(R.version$major, R.version$minor, sep = ".")
    ),
    data_sha256 = data_sha256, sizes = kept$sizes
  ), result, auto_unbox = TRUE, digits = NA, pretty = 1)
}
