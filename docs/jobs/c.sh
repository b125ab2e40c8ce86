muoquark init plane
muoquark fit plane.yaml --out before
muoquark fit plane.yaml --measurements new.yaml --out after
muoquark predict after/fit.json --obs 'BR(B+->Knunu)'
muoquark goodness after/fit.json --out after-goodness
