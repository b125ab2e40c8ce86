muoquark init tau
muoquark fit tau.yaml --out fit
muoquark sample tau.yaml --runs 2 --warmup 200 --draws 400 --out posterior
muoquark predict fit/fit.json --obs 'R_D*' --out predictions.json
muoquark goodness fit/fit.json --out goodness
