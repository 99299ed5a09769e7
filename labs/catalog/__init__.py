"""What labs there are: lab.toml and the folder of each lab, read, checked and saved."""
