"""The latent path: its whitened coordinates, its AR(1) density, and the gradient back through both.

    u = Q^-1 h (r - eta) + L^-T z,      Q = Q_AR(sigma, rho) + diag(h) = L L'

with ``h`` and ``r`` the curvature and working response of a pilot (:mod:`statusmodels.inference.pilot`). This is an exact
change of variables for any ``h >= 0``, its Jacobian included; ``h = 0`` is the non-centred AR(1). Everything is linear in
the number of dyad-periods.

``L`` is kept as ``M D^(1/2)``, ``M`` with ones on its diagonal, so that each recursion is one product and one sum a period, and all
else is done for several periods at once.
"""

from __future__ import annotations

import math

from statusmodels.models.kernel.compiled import compiled, contracted, reassociated


@contracted
def _forward(ratio, b, out):  # type: ignore[no-untyped-def]
    """``out = M^-1 b``."""
    carry = 0.0
    for t in range(out.shape[0]):
        carry = b[t] - ratio[t] * carry
        out[t] = carry


@contracted
def _backward(ratio, b, out):  # type: ignore[no-untyped-def]
    """``out = M^-T b``."""
    n = out.shape[0]
    carry = b[n - 1]
    out[n - 1] = carry
    for t in range(n - 2, -1, -1):
        carry = b[t] - ratio[t + 1] * carry
        out[t] = carry


@compiled
def _precision(sigma, rho, n):  # type: ignore[no-untyped-def]
    """Ends and interior of the diagonal of an AR(1) precision, and its subdiagonal."""
    if n == 1:
        end = 1.0 / (sigma * sigma)
        return end, end, 0.0
    end = 1.0 / (sigma * sigma * (1.0 - rho * rho))
    return end, (1.0 + rho * rho) * end, -rho * end


@compiled
def path_factor(sigma, rho, h, inverse, ratio):  # type: ignore[no-untyped-def]
    """Factor of one dyad's AR(1) precision plus ``diag(h)``.

    Parameters
    ----------
    sigma, rho : of the path.
    h : (n,) curvature.
    inverse : (n,) receives one over the diagonal of ``L``.
    ratio : (n,) receives the subdiagonal of ``M``; 0 in the first period.

    Returns
    -------
    float
        The log determinant of ``L``.
    """
    n = h.shape[0]
    end, inner, link = _precision(sigma, rho, n)
    log_det = 0.0
    product = 1.0
    before = 0.0
    for t in range(n):
        q = (end if t == 0 or t == n - 1 else inner) + h[t] - link * before
        ratio[t] = before
        inverse[t] = q
        before = link / q
        product *= q
        if product > 1e100 or product < 1e-100:
            log_det += 0.5 * math.log(product)
            product = 1.0
    for t in range(n):
        inverse[t] = 1.0 / math.sqrt(inverse[t])
    return log_det + 0.5 * math.log(product)


@compiled
def whitened_path(z, eta, h, response, inverse, ratio, s, u):  # type: ignore[no-untyped-def]
    """Solve ``u = L^-T (L^-1 h (response - eta) + z)`` for one dyad; ``s`` keeps the inner solution."""
    for t in range(z.shape[0]):
        u[t] = h[t] * (response[t] - eta[t])
    _forward(ratio, u, s)
    for t in range(z.shape[0]):
        s[t] *= inverse[t]
        u[t] = (s[t] + z[t]) * inverse[t]
    _backward(ratio, u, u)


@reassociated
def _ar_density(u, rho, inner, gu):  # type: ignore[no-untyped-def]
    """Sums of squared innovations and of their products with the period before; ``gu`` receives the gradient by the path."""
    n = u.shape[0]
    now, before, g_now, g_before = u[1:], u[: n - 1], gu[1:], gu[: n - 1]
    squares = 0.0
    cross = 0.0
    for t in range(n - 1):
        e = now[t] - rho * before[t]
        squares += e * e
        cross += e * before[t]
        g_now[t] -= e * inner
    for t in range(n - 1):
        g_before[t] += rho * inner * (now[t] - rho * before[t])
    return squares, cross


@reassociated
def _factor_pullback(u, s, gz, gb, inverse, ratio, link, g_diagonal, passed):  # type: ignore[no-untyped-def]
    """Gradients by ends and interior of the diagonal of Q, and by its subdiagonal, from the adjoints of the two solutions.

    ``g_diagonal`` (n,), which receives the gradient by the diagonal of ``L``, and ``passed`` (n,) are room for what is between.
    """
    n = u.shape[0]
    for t in range(n):
        g_diagonal[t] = -gz[t] * u[t] - gb[t] * s[t] - inverse[t]
    # each row passes the one above a multiple (passed) of its own gradient, and something else that is known beforehand
    r, below, u_below, gb_below = ratio[1:], inverse[1:], u[1:], gb[1:]
    g_link = 0.0
    for t in range(n - 1):
        cross = gz[t] * u_below[t] + gb_below[t] * s[t]
        g_diagonal[t] += r[t] * cross
        passed[t] = link * inverse[t] * below[t]
        g_link -= cross * inverse[t]
    carry = g_diagonal[n - 1]
    for t in range(n - 2, -1, -1):
        carry = g_diagonal[t] + r[t] * passed[t] * carry
        g_diagonal[t] = carry
    g_below = g_diagonal[1:]
    g_q = 0.0
    for t in range(n - 1):
        g_link -= g_below[t] * passed[t] * inverse[t]
        g_q += 0.5 * g_diagonal[t] * inverse[t]
    g_end = 0.5 * g_diagonal[0] * inverse[0]
    if n == 1:
        return g_end, 0.0, 0.0
    return g_end + 0.5 * g_diagonal[n - 1] * inverse[n - 1], g_q - g_end, g_link


@compiled
def path_density(u, s, sigma, rho, h, gu, ge, gz, inverse, ratio, gb, g_diagonal, passed):  # type: ignore[no-untyped-def]
    """AR(1) log density of one dyad's path, and the pullback of ``gu`` to z, eta, sigma and rho.

    ``gu`` comes in as the gradient of the outcomes with respect to the path. The log determinant of the whitening is the
    caller's to subtract; its gradient is included here.
    """
    n = u.shape[0]
    precision = 1.0 / (sigma * sigma)
    lp = -math.log(sigma) - 0.5 * u[0] * u[0] * precision - 0.5 * n * math.log(2.0 * math.pi)
    g_sigma = (u[0] * u[0] * precision - 1.0) / sigma
    gu[0] -= u[0] * precision
    inner = precision / (1.0 - rho * rho)  # inverse of the innovation variance
    squares, cross = _ar_density(u, rho, inner, gu)
    lp += 0.5 * (n - 1) * math.log(inner) - 0.5 * squares * inner
    g_rho = cross * inner
    g_inner = 0.5 * (n - 1) / inner - 0.5 * squares
    # reverse through the two triangular solutions; gz and gb are their adjoints
    _forward(ratio, gu, gz)
    for t in range(n):
        gz[t] *= inverse[t]
        gb[t] = gz[t] * inverse[t]
    _backward(ratio, gb, gb)
    for t in range(n):
        ge[t] -= gb[t] * h[t]
    _end, _inner, link = _precision(sigma, rho, n)
    g_q_end, g_q_inner, g_link = _factor_pullback(u, s, gz, gb, inverse, ratio, link, g_diagonal, passed)
    if n == 1:
        g_sigma -= 2.0 * g_q_end * precision / sigma
    else:
        g_inner += g_q_end + g_q_inner * (1.0 + rho * rho) - g_link * rho
        g_rho += 2.0 * rho * inner * g_q_inner - g_link * inner
    g_sigma -= 2.0 * inner * g_inner / sigma
    g_rho += 2.0 * rho * inner * g_inner / (1.0 - rho * rho)
    return lp, g_sigma, g_rho
