"""What a recall model says about products: captions and labels, and how to look at them."""
