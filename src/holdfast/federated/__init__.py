"""The Flower app: shared trainings in real deployments, with what an audit needs. Extra: `federated`."""
