"""The latent path: its whitened coordinates, its AR(1) density, and the gradient back through both.

    u = Q^-1 h (r - eta) + L^-T z,      Q = Q_AR(sigma, rho) + diag(h) = L L'

with ``h`` and ``r`` the curvature and working response of a pilot (:mod:`statusmodels.inference.pilot`). This is an exact
change of variables for any ``h >= 0``, its Jacobian included; ``h = 0`` is the non-centred AR(1). Everything is linear in
the number of dyad-periods.
"""

from __future__ import annotations

import math

from statusmodels.models.kernel.compiled import compiled


@compiled
def path_factor(sigma, rho, h, inverse, off):  # type: ignore[no-untyped-def]
    """Cholesky factor of one dyad's AR(1) precision plus ``diag(h)``: the inverse of its diagonal, and its subdiagonal.

    Returns the log determinant of the factor.
    """
    n = h.shape[0]
    if n == 1:
        end = 1.0 / (sigma * sigma)
        inner = end
        link = 0.0
    else:
        end = 1.0 / (sigma * sigma * (1.0 - rho * rho))
        inner = (1.0 + rho * rho) * end
        link = -rho * end
    log_det = 0.0
    product = 1.0
    for t in range(n):
        q = (end if t == 0 or t == n - 1 else inner) + h[t]
        if t > 0:
            off[t] = link * inverse[t - 1]
            q -= off[t] * off[t]
        else:
            off[t] = 0.0
        inverse[t] = 1.0 / math.sqrt(q)
        product *= q
        if product > 1e100 or product < 1e-100:
            log_det += 0.5 * math.log(product)
            product = 1.0
    return log_det + 0.5 * math.log(product)


@compiled
def whitened_path(z, eta, h, response, inverse, off, s, u):  # type: ignore[no-untyped-def]
    """Solve ``u = L^-T (L^-1 h (response - eta) + z)`` for one dyad; ``s`` keeps the inner solution."""
    n = z.shape[0]
    carry = 0.0
    for t in range(n):
        carry = (h[t] * (response[t] - eta[t]) - off[t] * carry) * inverse[t]
        s[t] = carry
    u[n - 1] = (s[n - 1] + z[n - 1]) * inverse[n - 1]
    for t in range(n - 2, -1, -1):
        u[t] = (s[t] + z[t] - off[t + 1] * u[t + 1]) * inverse[t]


@compiled
def path_density(u, s, sigma, rho, h, gu, ge, gz, inverse, off, gb):  # type: ignore[no-untyped-def]
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
    squares = 0.0
    cross = 0.0
    for t in range(1, n):
        e = u[t] - rho * u[t - 1]
        squares += e * e
        cross += e * u[t - 1]
        scaled = e * inner
        gu[t] -= scaled
        gu[t - 1] += rho * scaled
    lp += 0.5 * (n - 1) * math.log(inner) - 0.5 * squares * inner
    g_rho = cross * inner
    g_inner = 0.5 * (n - 1) / inner - 0.5 * squares
    # reverse sweep through the two triangular solves; gz and gb are their adjoints
    carry = 0.0
    for t in range(n):
        carry = (gu[t] - off[t] * carry) * inverse[t]
        gz[t] = carry
    carry = gz[n - 1] * inverse[n - 1]
    gb[n - 1] = carry
    ge[n - 1] -= carry * h[n - 1]
    for t in range(n - 2, -1, -1):
        carry = (gz[t] - off[t + 1] * carry) * inverse[t]
        gb[t] = carry
        ge[t] -= carry * h[t]
    # adjoint of the factor itself, from the last row to the first
    g_q_inner = 0.0
    g_q_end = 0.0
    g_link = 0.0
    carry = 0.0  # what row t + 1 passes to the diagonal of row t
    for t in range(n - 1, -1, -1):
        g_diag = carry - gz[t] * u[t] - gb[t] * s[t] - inverse[t]
        g_scaled = g_diag * inverse[t]
        if t == 0 or t == n - 1:
            g_q_end += 0.5 * g_scaled
        else:
            g_q_inner += 0.5 * g_scaled
        if t > 0:
            g_off = -gz[t - 1] * u[t] - gb[t] * s[t - 1] - g_scaled * off[t]
            g_link += g_off * inverse[t - 1]
            carry = -g_off * off[t] * inverse[t - 1]
    if n == 1:
        g_sigma -= 2.0 * g_q_end * precision / sigma
    else:
        g_inner += g_q_end + g_q_inner * (1.0 + rho * rho) - g_link * rho
        g_rho += 2.0 * rho * inner * g_q_inner - g_link * inner
    g_sigma -= 2.0 * inner * g_inner / sigma
    g_rho += 2.0 * rho * inner * g_inner / (1.0 - rho * rho)
    return lp, g_sigma, g_rho
