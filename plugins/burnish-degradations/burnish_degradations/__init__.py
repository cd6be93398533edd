"""Degraders for burnish: noise, blur, camera shake, MATLAB-exact downscaling, JPEG, and sequences of them."""
