"""How good the candidates are on a later year, at the real seats, and whether one may ship."""
