"""What works here as on AWS: plan, deploy, go back, see what stands and what is wrong. One module per verb.

Beside the verbs, what several share: :mod:`~hatoba.cli.deployed.deploying` brings a definition to the cloud
that runs here, :mod:`~hatoba.cli.deployed.planning` reads a change set, :mod:`~hatoba.cli.deployed.costing`
prices it, :mod:`~hatoba.cli.deployed.narrating` tells a deployment while it runs.
"""
