// A source plugin in Rust, without crates and without the header: what it says is written down once more here, so
// a change of the interface that a C compiler would follow in silence is seen.
use std::ffi::{c_char, c_void, CStr};

#[repr(C)]
struct Note {
    name_size: u32,
    desc_size: u32,
    kind: u32,
    name: [u8; 16],
    magic: u32,
    major: u32,
    minor: u32,
    flags: u32,
}

#[used]
#[link_section = ".note.kanto-deployer"]
static NOTE: Note = Note {
    name_size: 15,
    desc_size: 16,
    kind: 1,
    name: *b"kanto-deployer\0\0",
    magic: 0x6b647372,
    major: 1,
    minor: 0,
    flags: 0,
};

#[repr(C)]
struct SettingInfo {
    size: u32,
    kind: u32,
    flags: u32,
    reserved: u32,
    name: *const c_char,
    fallback: *const c_char,
    help: *const c_char,
}

#[repr(C)]
struct Setting {
    size: u32,
    kind: u32,
    name: *const c_char,
    text: *const c_char,
    number: i64,
    fd: i32,
    reserved: u32,
}

#[repr(C)]
struct Item {
    size: u32,
    reserved: u32,
    key: *const c_char,
    origin: *const c_char,
    revision: *const c_char,
    bytes: *const c_void,
    length: u64,
}

#[repr(C)]
struct Out {
    size: u32,
    reserved: u32,
    ctx: *mut c_void,
    put: extern "C" fn(*mut c_void, *const Item) -> i32,
}

#[repr(C)]
struct Source {
    size: u32,
    flags: u32,
    id: *const c_char,
    version: *const c_char,
    description: *const c_char,
    settings: *const SettingInfo,
    settings_count: u32,
    reserved: u32,
    init: extern "C" fn(*const c_void, *const Setting, u32, *mut *mut c_void) -> i32,
    reconcile: extern "C" fn(*mut c_void, *const c_void, *mut Out) -> i32,
    shutdown: extern "C" fn(*mut c_void),
    ext: Option<extern "C" fn(*const c_char) -> *const c_void>,
}
unsafe impl Sync for SettingInfo {}
unsafe impl Sync for Source {}

const OK: i32 = 0;
const COMPLETE: i32 = 1;
const FATAL: i32 = 4;

extern "C" fn init(_: *const c_void, settings: *const Setting, count: u32, state: *mut *mut c_void) -> i32 {
    let mut json = String::new();
    for i in 0..count as usize {
        let text = unsafe { CStr::from_ptr((*settings.add(i)).text) };
        json = format!("{{\"image\": {{\"name\": \"{}\"}}}}", text.to_string_lossy());
    }
    unsafe { *state = Box::into_raw(Box::new(json)) as *mut c_void };
    OK
}

extern "C" fn reconcile(state: *mut c_void, _: *const c_void, out: *mut Out) -> i32 {
    let json = unsafe { &*(state as *const String) };
    let item = Item {
        size: std::mem::size_of::<Item>() as u32,
        reserved: 0,
        key: c"hello.json".as_ptr(),
        origin: c"built in".as_ptr(),
        revision: c"1".as_ptr(),
        bytes: json.as_ptr() as *const c_void,
        length: json.len() as u64,
    };
    let refused = unsafe { ((*out).put)((*out).ctx, &item) };
    if refused != 0 { FATAL } else { COMPLETE }
}

extern "C" fn shutdown(state: *mut c_void) {
    drop(unsafe { Box::from_raw(state as *mut String) });
}

static SETTINGS: [SettingInfo; 1] = [SettingInfo {
    size: std::mem::size_of::<SettingInfo>() as u32,
    kind: 1,
    flags: 1,
    reserved: 0,
    name: c"image".as_ptr(),
    fallback: std::ptr::null(),
    help: c"the image to run".as_ptr(),
}];

static TABLE: Source = Source {
    size: std::mem::size_of::<Source>() as u32,
    flags: 0,
    id: c"hello_rust".as_ptr(),
    version: c"1".as_ptr(),
    description: c"says hello in Rust".as_ptr(),
    settings: SETTINGS.as_ptr(),
    settings_count: 1,
    reserved: 0,
    init,
    reconcile,
    shutdown,
    ext: None,
};

#[no_mangle]
pub extern "C" fn kd_source_v1() -> *const c_void {
    &TABLE as *const Source as *const c_void
}
