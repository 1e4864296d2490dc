export const BLUE = '#2f6fb3';
export const ORANGE = '#d9822b';
export const GREEN = '#3d8f5f';
export const RED = '#c0392b';
export const GREY = '#9a9a9a';
export const PURPLE = '#7a52a8';
