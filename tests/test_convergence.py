import numpy as np
import pytest
from scipy import signal, stats

from statusmodels.events.convergence import autocorrelation, rank_correlation

NAN = np.nan
SEEDS = range(10)


def ar1(rng, rho, *shape):
    """Stationary AR(1) series along the last axis, 200 values of start thrown away."""
    noise = rng.standard_normal((*shape[:-1], shape[-1] + 200))
    return signal.lfilter([1], [1, -rho], noise)[..., 200:]


def pair(seed, n=60, gaps=0.0):
    rng = np.random.default_rng(seed)
    x = ar1(rng, 0.6, n)
    y = np.round(x + ar1(rng, 0.6, n))  # ties
    x[rng.random(n) < gaps] = NAN
    y[rng.random(n) < gaps] = NAN
    return x, y


def close(a, b):
    np.testing.assert_allclose(
        [a.rho, a.low, a.high, a.pairs, a.effective], [b.rho, b.low, b.high, b.pairs, b.effective]
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_rho_is_spearmans(seed):
    x, y = pair(seed)
    assert rank_correlation(x, y).rho == pytest.approx(stats.spearmanr(x, y).statistic)


@pytest.mark.parametrize("seed", SEEDS)
def test_pairs_with_a_missing_value_are_dropped(seed):
    x, y = pair(seed, gaps=0.2)
    known = np.isfinite(x) & np.isfinite(y)
    result = rank_correlation(x, y)
    assert result.pairs == known.sum() < 60
    assert result.rho == pytest.approx(stats.spearmanr(x[known], y[known]).statistic)
    # a value whose partner is missing does not matter
    close(result, rank_correlation(np.where(known, x, 99.0), y * np.where(known, 1, NAN)))


@pytest.mark.parametrize("seed", SEEDS)
def test_interval_by_the_formulas(seed):
    # Pyper and Peterman (1998) and Fieller, Hartley and Pearson (1957), summed term by term
    x, y = pair(seed)
    n = len(x)

    def r(series, j):
        z = stats.rankdata(series) - (n + 1) / 2
        return sum(z[t] * z[t + j] for t in range(n - j)) / (n - j) / (sum(v * v for v in z) / n)

    inverse = 1 / n + 2 / n * sum((n - j) / n * r(x, j) * r(y, j) for j in range(1, n // 5 + 1))
    effective = min(1 / inverse, n)
    half = 1.959964 * (1.06 / (effective - 3)) ** 0.5
    result = rank_correlation(x, y)
    assert result.effective == pytest.approx(effective)
    assert np.arctanh(result.low) == pytest.approx(np.arctanh(result.rho) - half, rel=1e-5)
    assert np.arctanh(result.high) == pytest.approx(np.arctanh(result.rho) + half, rel=1e-5)


@pytest.mark.parametrize("seed", SEEDS)
def test_symmetric_and_blind_to_monotone_transformations(seed):
    x, y = pair(seed, gaps=0.1)
    result = rank_correlation(x, y)
    close(result, rank_correlation(y, x))
    close(result, rank_correlation(np.exp(x), y**3))
    mirrored = rank_correlation(-x, y)
    assert (mirrored.rho, mirrored.low, mirrored.high) == pytest.approx((-result.rho, -result.high, -result.low))
    assert mirrored.effective == pytest.approx(result.effective)


@pytest.mark.parametrize("rho", [-0.8, 0.0, 0.8])
@pytest.mark.parametrize("n", [5, 12, 48])
def test_effective_number_is_never_above_the_number_of_pairs(rho, n):
    rng = np.random.default_rng(1)
    for _ in range(50):
        result = rank_correlation(ar1(rng, rho, n), ar1(rng, 0.8, n))
        assert 0 < result.effective <= result.pairs == n
        assert -1 <= result.low <= result.rho + 1e-9
        assert result.rho - 1e-9 <= result.high <= 1


def test_white_noise_keeps_nearly_all_pairs():
    # n / N* - 1 is twice a sum of n/5 products of autocorrelations, each of variance 1/n^2: its deviation is at most
    # 2 sqrt(400 / 5) / 400 = 0.045 for n = 400; 0.8 is five of them away, and half of all are above the mean of about 1
    rng = np.random.default_rng(2)
    share = [rank_correlation(*rng.standard_normal((2, 400))).effective / 400 for _ in range(100)]
    assert min(share) > 0.8
    assert np.median(share) > 0.97


def test_effective_number_of_long_ar1_pairs():
    # The rank autocorrelation of a Gaussian AR(1) at lag k is 6/pi asin(0.8^k / 2); n / N* = 1 + 2 times the sum of
    # squares. Over 2000 lags the estimate of n / N*, about 4.4, errs by some 2 sqrt(2000) 4.4 / 10000 = 0.04 and more
    # at short lags.
    k = np.arange(1, 200)
    expected = 1 / (1 + 2 * ((6 / np.pi * np.arcsin(0.8**k / 2)) ** 2).sum())
    rng = np.random.default_rng(3)
    share = [rank_correlation(*ar1(rng, 0.8, 2, 10_000)).effective / 10_000 for _ in range(5)]
    assert np.mean(share) == pytest.approx(expected, rel=0.1)


def test_effective_number_by_hand():
    # ranks -2..2 about their mean, variance 2; one lag: (2 + 0 + 0 + 2) / 4 / 2 = 0.5 in both; N* = 5 / (1 + 2 * 4/5 *
    # 0.25)
    result = rank_correlation(np.arange(5.0), np.arange(5.0))
    assert result.effective == pytest.approx(5 / 1.4)
    assert (result.rho, result.low, result.high) == (pytest.approx(1), -1, 1)


@pytest.mark.parametrize(
    ("x", "y"),
    [
        (np.ones(10), np.arange(10.0)),
        (np.arange(10.0), np.ones(10)),
        (np.array([1.0, 1, 1, 1, 1, 1, 7]), np.array([1.0, 2, 3, 4, 5, 6, NAN])),
        (np.arange(4.0), np.arange(4.0)),
        (np.arange(6.0), np.array([1.0, NAN, 3, 2, NAN, 5])),
    ],
)
def test_nothing_to_compare(x, y):
    result = rank_correlation(x, y)
    assert np.isnan([result.rho, result.low, result.high, result.effective]).all()
    assert result.pairs == (np.isfinite(x) & np.isfinite(y)).sum()


@pytest.mark.parametrize("n", [48, 400])
def test_interval_of_independent_slow_series_covers_zero(n):
    # 300 trials: a true coverage of 95 % shows less than 90 % with probability 1e-4, one of 85 % shows 90 % with 0.01.
    # The naive interval takes all pairs, where the variance is (1 + 0.64) / (1 - 0.64) = 4.6 times larger, and covers
    # in some 64 %: it shows 85 % or more with probability 1e-15.
    rng = np.random.default_rng(4)
    results = [rank_correlation(x, y) for x, y in zip(ar1(rng, 0.8, 300, n), ar1(rng, 0.8, 300, n), strict=True)]
    naive = 1.96 * np.sqrt(1.06 / (n - 3))
    assert np.mean([r.low <= 0 <= r.high for r in results]) >= 0.90
    assert np.mean([abs(np.arctanh(r.rho)) <= naive for r in results]) < 0.85


def test_level_of_confidence():
    x, y = pair(0)
    narrow, wide = rank_correlation(x, y, level=0.5), rank_correlation(x, y, level=0.99)
    assert wide.low < narrow.low < narrow.rho < narrow.high < wide.high


def test_autocorrelation_of_a_long_ar1():
    # Bartlett: the standard error at any lag is at most sqrt((1 + 0.64) / (1 - 0.64) / 100000) = 0.007
    x = ar1(np.random.default_rng(5), 0.8, 100_000)
    np.testing.assert_allclose(autocorrelation(x, 5), 0.8 ** np.arange(1, 6), atol=0.03)


def test_autocorrelation_keeps_the_places_of_missing_values():
    # +1 and -1 by turns, one of each missing: closing the gaps would put equal values side by side
    x = np.tile([1.0, -1.0], 10)
    x[[4, 11]] = NAN
    np.testing.assert_allclose(autocorrelation(x, 3), [-1, 1, -1])


def test_autocorrelation_of_too_few_pairs_is_zero():
    assert autocorrelation(np.array([1.0, -1.0, 1.0, -1.0]), 3).tolist() == [-1, 0, 0]
