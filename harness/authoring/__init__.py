"""A first contract, guessed from one job: what was asked and what came in, a commented contract out."""
