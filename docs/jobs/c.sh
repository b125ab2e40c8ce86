muoquark init plane
muoquark fit plane.yaml --out before
muoquark fit plane.yaml --measurements new.yaml --out after
muoquark predict after/fit.json --measurements new.yaml --obs 'BR(B+->Knunu)'
muoquark loglike after/fit.json --measurements new.yaml
