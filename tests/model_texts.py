"""Parts of model files that several tests start from."""

#: The fields of the Standard Model without U(1)_X, inside of ``fields: {...}``.
STANDARD = "q: 0, u: 0, d: 0, l: 0, e: 0, H: 0"

#: B - 3 L_mu with right-handed neutrinos: lines below ``fields:``.
B_3L_MU = """\
  q: 1/3
  u: 1/3
  d: 1/3
  l: [0, -3, 0]
  e: [0, -3, 0]
  nu: [0, -3, 0]
  H: 0"""
