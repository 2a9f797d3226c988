"""The steps of one plan on several machines: Ray starts each as soon as its inputs are done."""
