"""What a jail holds back, door by door: quick checks beside the abuse suite, which looks at each attack from outside."""
