"""What is judged: its address and headers, its secrets, how many jobs it may be asked for."""
