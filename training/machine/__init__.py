"""What the machine is and has: devices, installed packages, environment, storage; what `training.doctor` reads."""
