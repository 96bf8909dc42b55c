//! The instructions of V8's bytecode, by version (src/interpreter/bytecodes.h).
//!
//! An instruction is an opcode, then its operands: first those that take one byte, or two or four
//! behind a prefix, then those that always take as many. `scripts/opcodes.js` prints the table
//! from what a Node tells of its own code. An instruction that it has never shown has no name
//! here, and ends the reading of a function.

/// Versions of V8 that have an instruction, one bit for each row of `layout::VERSIONS`.
const ALL: u8 = 0b1111;
const IN_20: u8 = 0b0001;
const IN_22: u8 = 0b0010;
const IN_24: u8 = 0b0100;
const IN_26: u8 = 0b1000;
const TO_22: u8 = IN_20 | IN_22;
const TO_24: u8 = TO_22 | IN_24;
const IN_22_24: u8 = IN_22 | IN_24;
const FROM_24: u8 = IN_24 | IN_26;
const FROM_22: u8 = IN_22 | FROM_24;

/// The opcode of the first row: two prefixes and nine for debuggers come before.
const FIRST: usize = 11;
/// Prefixes: the operands take two or four bytes.
pub const WIDE: u8 = 0;
/// See [`WIDE`].
pub const EXTRA_WIDE: u8 = 1;

/// What an instruction does, as far as it matters here. The accumulator is an implicit operand of
/// most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Does {
    /// Loads a register.
    Load,
    /// Stores in a register.
    Store,
    /// Stores in this register.
    StoreIn(u8),
    /// Copies the first register to the second.
    Move,
    /// Loads 0.
    Zero,
    /// Loads the operand, an integer.
    Integer,
    /// Loads a constant.
    Constant,
    /// Loads a global variable: name.
    Global,
    /// Loads a variable: register of a context, slot, how many contexts further out.
    Variable,
    /// Loads a variable of the current context: slot.
    OwnVariable,
    /// Loads what an ES module exports or imports: cell, how many contexts further out.
    ModuleVariable,
    /// Stores in a variable, as above.
    StoreVariable,
    /// See above.
    StoreOwnVariable,
    /// See above.
    StoreModuleVariable,
    /// Saves the current context in a register, and makes the accumulator the current one.
    Enter,
    /// Restores the context in a register.
    Leave,
    /// Loads a property: object, name.
    Named,
    /// Loads the property of an object that the accumulator is the key of.
    Keyed,
    /// Stores in a property: object, name.
    SetNamed,
    /// Stores in a property: object, key.
    SetKeyed,
    /// Deletes the property of an object that the accumulator is the key of.
    Delete,
    /// Calls a method: function, then a list of registers that begins with the receiver.
    CallList,
    /// Calls a method: function, receiver, and so many arguments one by one.
    CallEach(u8),
    /// Calls a function: a list of registers, and their number.
    CallFree,
    /// Calls a function: so many arguments one by one.
    CallFreeEach(u8),
    /// Constructs: class, first register and number of the arguments.
    Construct,
    /// Loads a new, empty collection.
    Fresh,
    /// Loads a new collection.
    Made,
    /// Loads a new array of the entries of the accumulator.
    Copy,
    /// Compares a register: which is more.
    Compare,
    /// Compares a register: whether they are the same.
    Equal,
    /// Subtracts from a register, or divides it.
    Less,
    /// Subtracts the operand, or divides by it.
    LessBy,
    /// Adds or subtracts one, or nothing.
    Near,
    /// Divides a register, and loads the rest.
    Rest,
    /// Divides by the operand, and loads the rest.
    RestBy,
    /// Loads some of the bits: the operand.
    Bits,
    /// Begins a loop over the values, or the properties, of a register.
    Loop,
    /// Creates a function: constant.
    Closure,
    /// May go on at another place: how many bytes further on.
    Jump,
    /// The same, with the number among the constants.
    JumpFar,
    /// Goes on at another place, or ends.
    End,
    /// Returns the accumulator.
    Return,
    /// Leaves the accumulator as it is.
    Nothing,
    /// Loads something else.
    Else,
    /// Unknown.
    Unknown,
}

/// One instruction.
#[derive(Clone, Copy, Debug)]
pub struct Opcode {
    /// What it does.
    pub does: Does,
    operands: u8,
    fixed: u8,
}

impl Opcode {
    const UNKNOWN: Self = Self { does: Does::Unknown, operands: 0, fixed: 0 };

    /// Returns its length with operands of `width` bytes.
    pub fn length(self, width: usize) -> usize {
        1 + usize::from(self.operands) * width + usize::from(self.fixed)
    }
}

/// The instructions of one version.
#[derive(Clone, Debug)]
pub struct Opcodes(Box<[Opcode; 256]>);

impl Opcodes {
    /// Returns those of the version with this row in `layout::VERSIONS`.
    pub fn of_version(row: usize) -> Self {
        let mut all = Box::new([Opcode::UNKNOWN; 256]);
        let own = ROWS.iter().filter(|(versions, ..)| versions >> row & 1 == 1);
        for (place, &(_, name, operands, fixed)) in all[FIRST..].iter_mut().zip(own) {
            *place = Opcode { does: meaning(name), operands, fixed };
        }
        Self(all)
    }

    /// Returns the instruction with this opcode.
    pub fn get(&self, opcode: u8) -> Opcode {
        self.0[usize::from(opcode)]
    }
}

fn meaning(name: &str) -> Does {
    if let Some(register) = name.strip_prefix("Star").and_then(|number| number.parse().ok()) {
        return Does::StoreIn(register);
    }
    match name {
        "" => Does::Unknown,
        "Ldar" => Does::Load,
        "Star" => Does::Store,
        "Mov" => Does::Move,
        "LdaZero" => Does::Zero,
        "LdaSmi" => Does::Integer,
        "LdaConstant" => Does::Constant,
        "LdaGlobal" => Does::Global,
        "LdaContextSlot"
        | "LdaContextSlotNoCell"
        | "LdaImmutableContextSlot"
        | "LdaScriptContextSlot" => Does::Variable,
        "LdaCurrentContextSlot"
        | "LdaCurrentContextSlotNoCell"
        | "LdaCurrentScriptContextSlot"
        | "LdaImmutableCurrentContextSlot" => Does::OwnVariable,
        "LdaModuleVariable" => Does::ModuleVariable,
        "StaModuleVariable" => Does::StoreModuleVariable,
        "StaContextSlot" | "StaContextSlotNoCell" | "StaScriptContextSlot" => Does::StoreVariable,
        "StaCurrentContextSlot" | "StaCurrentContextSlotNoCell" | "StaCurrentScriptContextSlot" => {
            Does::StoreOwnVariable
        }
        "PushContext" => Does::Enter,
        "PopContext" => Does::Leave,
        "GetNamedProperty" => Does::Named,
        "GetKeyedProperty" => Does::Keyed,
        "SetNamedProperty" => Does::SetNamed,
        "SetKeyedProperty" => Does::SetKeyed,
        "DeletePropertyStrict" | "DeletePropertySloppy" => Does::Delete,
        "CallProperty" => Does::CallList,
        "CallProperty0" => Does::CallEach(0),
        "CallProperty1" => Does::CallEach(1),
        "CallProperty2" => Does::CallEach(2),
        "Construct" => Does::Construct,
        "CreateEmptyArrayLiteral" | "CreateEmptyObjectLiteral" => Does::Fresh,
        "CreateArrayLiteral"
        | "CreateObjectLiteral"
        | "CloneObject"
        | "CreateUnmappedArguments"
        | "CreateMappedArguments"
        | "CreateRestParameter" => Does::Made,
        "CreateArrayFromIterable" => Does::Copy,
        "Dec" | "Inc" | "ToNumeric" => Does::Near,
        "TestLessThan" | "TestGreaterThan" | "TestLessThanOrEqual" | "TestGreaterThanOrEqual" => {
            Does::Compare
        }
        "TestEqual" | "TestEqualStrict" => Does::Equal,
        "Sub" | "Div" => Does::Less,
        "SubSmi" | "DivSmi" => Does::LessBy,
        "Mod" => Does::Rest,
        "ModSmi" => Does::RestBy,
        "BitwiseAndSmi" => Does::Bits,
        "CallUndefinedReceiver" => Does::CallFree,
        "CallUndefinedReceiver1" => Does::CallFreeEach(1),
        "CallUndefinedReceiver2" => Does::CallFreeEach(2),
        "GetIterator" | "ForInEnumerate" => Does::Loop,
        "CreateClosure" => Does::Closure,
        "Return" => Does::Return,
        "JumpLoop" | "Throw" | "ReThrow" => Does::End,
        "StaGlobal" | "Debugger" | "ForInPrepare" => Does::Nothing,
        _ if name.starts_with("Throw") => Does::Nothing,
        _ if name.starts_with("Jump") && name.ends_with("Constant") => Does::JumpFar,
        _ if name.starts_with("Jump") => Does::Jump,
        _ => Does::Else,
    }
}

/// In the order of their opcodes: who has it, name, operands that grow, bytes that do not.
#[rustfmt::skip]
const ROWS: &[(u8, &str, u8, u8)] = &[
    (ALL, "Ldar", 1, 0),
    (ALL, "LdaZero", 0, 0),
    (ALL, "LdaSmi", 1, 0),
    (ALL, "LdaUndefined", 0, 0),
    (ALL, "LdaNull", 0, 0),
    (ALL, "LdaTheHole", 0, 0),
    (ALL, "LdaTrue", 0, 0),
    (ALL, "LdaFalse", 0, 0),
    (ALL, "LdaConstant", 1, 0),
    (IN_26, "LdaContextSlotNoCell", 3, 0),
    (ALL, "LdaContextSlot", 3, 0),
    (IN_24, "LdaScriptContextSlot", 3, 0),
    (ALL, "LdaImmutableContextSlot", 3, 0),
    (IN_26, "LdaCurrentContextSlotNoCell", 1, 0),
    (ALL, "LdaCurrentContextSlot", 1, 0),
    (IN_24, "LdaCurrentScriptContextSlot", 1, 0),
    (ALL, "LdaImmutableCurrentContextSlot", 1, 0),
    (ALL, "Star", 1, 0),
    (ALL, "Mov", 2, 0),
    (ALL, "PushContext", 1, 0),
    (ALL, "PopContext", 1, 0),
    (ALL, "TestReferenceEqual", 1, 0),
    (ALL, "TestUndetectable", 0, 0),
    (ALL, "TestNull", 0, 0),
    (ALL, "TestUndefined", 0, 0),
    (ALL, "TestTypeOf", 0, 1),
    (ALL, "LdaGlobal", 2, 0),
    (ALL, "LdaGlobalInsideTypeof", 2, 0),
    (ALL, "StaGlobal", 2, 0),
    (IN_26, "StaContextSlotNoCell", 3, 0),
    (IN_26, "StaCurrentContextSlotNoCell", 1, 0),
    (ALL, "StaContextSlot", 3, 0),
    (ALL, "StaCurrentContextSlot", 1, 0),
    (IN_22_24, "StaScriptContextSlot", 3, 0),
    (IN_22_24, "StaCurrentScriptContextSlot", 1, 0),
    (ALL, "LdaLookupSlot", 1, 0),
    (TO_24, "LdaLookupContextSlot", 3, 0),
    (IN_24, "LdaLookupScriptContextSlot", 3, 0),
    (IN_26, "LdaLookupContextSlotNoCell", 3, 0),
    (IN_26, "LdaLookupContextSlot", 3, 0),
    (ALL, "LdaLookupGlobalSlot", 3, 0),
    (ALL, "LdaLookupSlotInsideTypeof", 1, 0),
    (ALL, "", 0, 0),
    (FROM_24, "", 0, 0),
    (ALL, "LdaLookupGlobalSlotInsideTypeof", 3, 0),
    (ALL, "StaLookupSlot", 1, 1),
    (ALL, "GetNamedProperty", 3, 0),
    (ALL, "GetNamedPropertyFromSuper", 3, 0),
    (ALL, "GetKeyedProperty", 2, 0),
    (IN_22, "", 0, 0),
    (FROM_24, "GetEnumeratedKeyedProperty", 4, 0),
    (ALL, "LdaModuleVariable", 2, 0),
    (ALL, "StaModuleVariable", 2, 0),
    (ALL, "SetNamedProperty", 3, 0),
    (ALL, "DefineNamedOwnProperty", 3, 0),
    (ALL, "SetKeyedProperty", 3, 0),
    (ALL, "DefineKeyedOwnProperty", 3, 1),
    (ALL, "StaInArrayLiteral", 3, 0),
    (ALL, "DefineKeyedOwnPropertyInLiteral", 3, 1),
    (IN_26, "SetPrototypeProperties", 2, 0),
    (ALL, "Add", 2, 0),
    (ALL, "Sub", 2, 0),
    (ALL, "Mul", 2, 0),
    (ALL, "Div", 2, 0),
    (ALL, "Mod", 2, 0),
    (ALL, "Exp", 2, 0),
    (ALL, "BitwiseOr", 2, 0),
    (ALL, "BitwiseXor", 2, 0),
    (ALL, "BitwiseAnd", 2, 0),
    (ALL, "ShiftLeft", 2, 0),
    (ALL, "ShiftRight", 2, 0),
    (ALL, "ShiftRightLogical", 2, 0),
    (IN_26, "", 0, 0),
    (ALL, "AddSmi", 2, 0),
    (ALL, "SubSmi", 2, 0),
    (ALL, "MulSmi", 2, 0),
    (ALL, "DivSmi", 2, 0),
    (ALL, "ModSmi", 2, 0),
    (ALL, "ExpSmi", 2, 0),
    (ALL, "BitwiseOrSmi", 2, 0),
    (ALL, "BitwiseXorSmi", 2, 0),
    (ALL, "BitwiseAndSmi", 2, 0),
    (ALL, "ShiftLeftSmi", 2, 0),
    (ALL, "ShiftRightSmi", 2, 0),
    (ALL, "ShiftRightLogicalSmi", 2, 0),
    (ALL, "Inc", 1, 0),
    (ALL, "Dec", 1, 0),
    (ALL, "Negate", 1, 0),
    (ALL, "BitwiseNot", 1, 0),
    (ALL, "ToBooleanLogicalNot", 0, 0),
    (ALL, "LogicalNot", 0, 0),
    (TO_22, "TypeOf", 0, 0),
    (FROM_24, "TypeOf", 1, 0),
    (ALL, "DeletePropertyStrict", 1, 0),
    (ALL, "DeletePropertySloppy", 1, 0),
    (ALL, "", 0, 0),
    (ALL, "FindNonDefaultConstructorOrConstruct", 3, 0),
    (ALL, "CallAnyReceiver", 4, 0),
    (ALL, "CallProperty", 4, 0),
    (ALL, "CallProperty0", 3, 0),
    (ALL, "CallProperty1", 4, 0),
    (ALL, "CallProperty2", 5, 0),
    (ALL, "CallUndefinedReceiver", 4, 0),
    (ALL, "CallUndefinedReceiver0", 2, 0),
    (ALL, "CallUndefinedReceiver1", 3, 0),
    (ALL, "CallUndefinedReceiver2", 4, 0),
    (ALL, "CallWithSpread", 4, 0),
    (ALL, "CallRuntime", 2, 2),
    (ALL, "CallRuntimeForPair", 3, 2),
    (ALL, "CallJSRuntime", 2, 1),
    (ALL, "InvokeIntrinsic", 2, 1),
    (ALL, "Construct", 4, 0),
    (ALL, "ConstructWithSpread", 4, 0),
    (IN_22, "ConstructForwardAllArgs", 2, 0),
    (FROM_24, "", 0, 0),
    (TO_24, "TestEqual", 2, 0),
    (IN_26, "TestEqual", 1, 2),
    (TO_24, "TestEqualStrict", 2, 0),
    (IN_26, "TestEqualStrict", 1, 2),
    (TO_24, "TestLessThan", 2, 0),
    (IN_26, "TestLessThan", 1, 2),
    (TO_24, "TestGreaterThan", 2, 0),
    (IN_26, "TestGreaterThan", 1, 2),
    (TO_24, "TestLessThanOrEqual", 2, 0),
    (IN_26, "TestLessThanOrEqual", 1, 2),
    (TO_24, "TestGreaterThanOrEqual", 2, 0),
    (IN_26, "TestGreaterThanOrEqual", 1, 2),
    (ALL, "TestInstanceOf", 2, 0),
    (ALL, "TestIn", 2, 0),
    (IN_20, "ToName", 1, 0),
    (FROM_22, "ToName", 0, 0),
    (ALL, "ToNumber", 1, 0),
    (ALL, "ToNumeric", 1, 0),
    (ALL, "ToObject", 1, 0),
    (ALL, "ToString", 0, 0),
    (FROM_22, "ToBoolean", 0, 0),
    (ALL, "CreateRegExpLiteral", 2, 2),
    (ALL, "CreateArrayLiteral", 2, 1),
    (ALL, "CreateArrayFromIterable", 0, 0),
    (ALL, "CreateEmptyArrayLiteral", 1, 0),
    (ALL, "CreateObjectLiteral", 2, 1),
    (ALL, "CreateEmptyObjectLiteral", 0, 0),
    (ALL, "CloneObject", 2, 1),
    (ALL, "GetTemplateObject", 2, 0),
    (ALL, "CreateClosure", 2, 1),
    (ALL, "CreateBlockContext", 1, 0),
    (ALL, "CreateCatchContext", 2, 0),
    (ALL, "CreateFunctionContext", 2, 0),
    (TO_24, "", 0, 0),
    (IN_26, "CreateFunctionContextWithCells", 2, 0),
    (IN_26, "", 0, 0),
    (ALL, "CreateWithContext", 2, 0),
    (ALL, "CreateMappedArguments", 0, 0),
    (ALL, "CreateUnmappedArguments", 0, 0),
    (ALL, "CreateRestParameter", 0, 0),
    (ALL, "JumpLoop", 3, 0),
    (ALL, "Jump", 1, 0),
    (ALL, "JumpConstant", 1, 0),
    (ALL, "", 0, 0),
    (ALL, "", 0, 0),
    (ALL, "JumpIfUndefinedConstant", 1, 0),
    (ALL, "JumpIfNotUndefinedConstant", 1, 0),
    (ALL, "JumpIfUndefinedOrNullConstant", 1, 0),
    (ALL, "JumpIfTrueConstant", 1, 0),
    (ALL, "JumpIfFalseConstant", 1, 0),
    (ALL, "", 0, 0),
    (FROM_24, "JumpIfForInDoneConstant", 3, 0),
    (ALL, "JumpIfToBooleanTrueConstant", 1, 0),
    (ALL, "JumpIfToBooleanFalseConstant", 1, 0),
    (ALL, "JumpIfToBooleanTrue", 1, 0),
    (ALL, "JumpIfToBooleanFalse", 1, 0),
    (ALL, "JumpIfTrue", 1, 0),
    (ALL, "JumpIfFalse", 1, 0),
    (ALL, "JumpIfNull", 1, 0),
    (ALL, "JumpIfNotNull", 1, 0),
    (ALL, "JumpIfUndefined", 1, 0),
    (ALL, "JumpIfNotUndefined", 1, 0),
    (ALL, "JumpIfUndefinedOrNull", 1, 0),
    (ALL, "JumpIfJSReceiver", 1, 0),
    (FROM_24, "JumpIfForInDone", 3, 0),
    (ALL, "SwitchOnSmiNoFeedback", 3, 0),
    (ALL, "ForInEnumerate", 1, 0),
    (ALL, "ForInPrepare", 2, 0),
    (TO_22, "ForInContinue", 2, 0),
    (ALL, "ForInNext", 4, 0),
    (ALL, "ForInStep", 1, 0),
    (IN_26, "", 0, 0),
    (ALL, "SetPendingMessage", 0, 0),
    (ALL, "Throw", 0, 0),
    (ALL, "ReThrow", 0, 0),
    (ALL, "Return", 0, 0),
    (ALL, "ThrowReferenceErrorIfHole", 1, 0),
    (ALL, "ThrowSuperNotCalledIfHole", 0, 0),
    (ALL, "ThrowSuperAlreadyCalledIfNotHole", 0, 0),
    (ALL, "ThrowIfNotSuperConstructor", 1, 0),
    (ALL, "SwitchOnGeneratorState", 3, 0),
    (ALL, "SuspendGenerator", 4, 0),
    (ALL, "ResumeGenerator", 3, 0),
    (ALL, "GetIterator", 3, 0),
    (ALL, "Debugger", 0, 0),
    (ALL, "", 0, 0),
    (ALL, "", 0, 0),
    (ALL, "Star15", 0, 0),
    (ALL, "Star14", 0, 0),
    (ALL, "Star13", 0, 0),
    (ALL, "Star12", 0, 0),
    (ALL, "Star11", 0, 0),
    (ALL, "Star10", 0, 0),
    (ALL, "Star9", 0, 0),
    (ALL, "Star8", 0, 0),
    (ALL, "Star7", 0, 0),
    (ALL, "Star6", 0, 0),
    (ALL, "Star5", 0, 0),
    (ALL, "Star4", 0, 0),
    (ALL, "Star3", 0, 0),
    (ALL, "Star2", 0, 0),
    (ALL, "Star1", 0, 0),
    (ALL, "Star0", 0, 0),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_version_has_its_own_numbers_and_lengths() {
        let [old, new] = [0, 3].map(Opcodes::of_version);
        assert_eq!(old.get(0x2d).does, Does::Named);
        assert_eq!(new.get(0x33).does, Does::Named);
        assert_eq!(old.get(0x6e).does, Does::Compare);
        assert_eq!([old.get(0x6e).length(1), old.get(0x6e).length(2)], [3, 5]);
        assert_eq!([new.get(0x78).length(1), new.get(0x78).length(2)], [4, 5], "feedback inside");
        assert_eq!(old.get(0x80).does, Does::Closure);
        assert_eq!([old.get(0x80).length(1), old.get(0x80).length(4)], [4, 10]);
        assert_eq!(old.get(196).does, Does::StoreIn(0));
        assert_eq!(new.get(210).does, Does::StoreIn(0));
    }

    #[test]
    fn what_was_never_seen_is_unknown() {
        for row in 0..4 {
            assert_eq!(Opcodes::of_version(row).get(255).does, Does::Unknown);
            assert_eq!(Opcodes::of_version(row).get(3).does, Does::Unknown);
        }
    }
}
