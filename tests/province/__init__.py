"""The simulated province: source systems on loopback, all derived from one seeded model of what happened in 2024."""
