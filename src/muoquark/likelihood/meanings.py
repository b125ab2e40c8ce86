"""What every block and every group of the shipped data is about, in one sentence each."""

from __future__ import annotations

__all__ = ["BLOCK_MEANINGS", "GROUP_MEANINGS", "meaning_of"]

#: Of the blocks of snapshots, then of the tails of Drell-Yan.
BLOCK_MEANINGS = {
    "quarks": "Flavour observables with theory errors, in one covariance: b -> s mu mu and "
    "b -> s gamma, B -> mu mu, meson mixing and CP violation, rare and semileptonic decays of K, D "
    "and B, and beta decays.",
    "leptons": "Leptonic and hadronic tau decays, and the anomalous magnetic moments of electron, "
    "muon and tau, in one covariance with their theory errors.",
    "ewpt": "Electroweak precision: the Z pole (widths, asymmetries, ratios), and mass, width and "
    "branching ratios of the W, with their tests of universality.",
    "eeww": "Cross sections and angular distributions of e+ e- -> W+ W- at LEP 2.",
    "lept": "Neutrino trident production, nu_mu N -> nu_mu mu+ mu- N.",
    "rd_rds": "R(D) and R(D*), taus to light leptons, and the ratio of muons to electrons in "
    "B -> D* l nu.",
    "lfu_fccc": "Other tests of lepton universality in charged currents: spectra and polarisation "
    "in B -> D(*) tau nu, and leptonic decays of pions, kaons and B mesons.",
    "lfu_fcnc": "Tests of lepton universality in b -> s l l: R_K and R_K*, differences of angular "
    "observables, and decays to taus.",
    "bcpv": "CP-violating angular coefficients A_7, A_8 and A_9 of B0 -> K* mu mu.",
    "bqnunu": "B decays to a meson and two neutrinos.",
    "lfv": "Decays that violate lepton flavour: of B and K mesons, of taus and muons, and muon "
    "conversion in nuclei.",
    "zlfv": "Decays of the Z boson to two leptons of different flavour.",
    "higgs": "Signal strengths of the Higgs boson by production and decay.",
    "lfv_further": "Searches for lepton flavour violation in B, B_s and tau decays that smelli "
    "does not have.",
    "mu_e_al": "Muon conversion in aluminium, predicted and not measured yet.",
    "muon_edm": "The electric dipole moment of the muon.",
    "dimuon": "The tail of p p -> mu mu at the LHC, in bins of the invariant mass.",
    "dielectron": "The tail of p p -> e e at the LHC, in bins of the invariant mass.",
    "ditau": "The tail of p p -> tau tau at the LHC, in bins of the total transverse mass.",
    "monomuon": "The tail of p p -> mu nu at the LHC, in bins of the transverse mass.",
    "monoelectron": "The tail of p p -> e nu at the LHC, in bins of the transverse mass.",
    "monotau": "The tail of p p -> tau nu at the LHC, in bins of the transverse mass.",
    "muontau": "The search for p p -> mu tau at the LHC, in bins of the collinear mass.",
    "electrontau": "The search for p p -> e tau at the LHC, in bins of the collinear mass.",
    "electronmuon": "The search for p p -> e mu at the LHC, in bins of the invariant mass.",
}

#: Of the groups, which cut through the blocks; their likelihood is that of their observables alone.
GROUP_MEANINGS = {
    "R_K(*)": "Ratios of muons to electrons in B -> K l l and B -> K* l l, bin by bin.",
    "Bs->mumu": "The branching ratio of B_s -> mu mu.",
    "b->smumu": "Branching ratios and angular observables of B -> K(*) mu mu, B_s -> phi mu mu and "
    "Lambda_b -> Lambda mu mu, and the inclusive branching ratio.",
    "b->smumu BR": "Of these the branching ratios.",
    "b->smumu angular": "Of these the angular observables.",
    "(g-2)_mu": "The anomalous magnetic moment of the muon.",
    "Delta F = 2": "Mixing of mesons: the mass difference of the B_s, the phases of B0 and B_s, "
    "eps_K, and the phase of D mixing.",
    "R(D(*))": "Ratios of taus to light leptons in B -> D l nu and B -> D* l nu.",
    "b->cellnu": "b -> c l nu as a whole: R(D) and R(D*), muons to electrons, the polarisation of "
    "the D* and the inclusive branching ratio; without the spectra.",
}


def meaning_of(name: str) -> str:
    """Return the sentence on a block or a group; nothing for those of a user.

    >>> meaning_of("zlfv"), meaning_of("mine")
    ('Decays of the Z boson to two leptons of different flavour.', '')
    """
    return BLOCK_MEANINGS.get(name) or GROUP_MEANINGS.get(name, "")
