// Rows by vectors of four, or by single numbers where the host sets V to f32.
alias V = vec4f;
fn total(v: V) -> f32 { return v.x + v.y + v.z + v.w; }
